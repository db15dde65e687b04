// starting: the player, and the start of every stepper on the page. A block, because there may be
// a second one.
{
  $player
  for (const root of document.querySelectorAll(".chainrule-stepper")) chainruleStart(root);
}
