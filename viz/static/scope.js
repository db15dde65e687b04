// scope: all files of the player in one function, so that one name is declared.
const chainruleStart = (() => {
  "use strict";
  $files
  return start;
})();
