"""The whole of chainrule in a minute: a picture, the steps of backprop, a network that learns."""

from __future__ import annotations

import sys
from pathlib import Path

import nn
import viz
from autograd import Value

OUT = Path("out")


def main() -> None:
    """Draw, step, train; say where each file is."""
    OUT.mkdir(exist_ok=True)

    print("1. The graph of (x + y) * z, drawn after its backward pass\n")
    x, y, z = Value(1.0), Value(3.0), Value(-3.0)
    p = x + y
    out = p * z
    out.backward()
    print(f"   out = {out}    dout/dx = {x.grad}    dout/dy = {y.grad}    dout/dz = {z.grad}\n")
    picture = viz.draw(out)
    written = [picture.save(OUT / "graph.svg"), picture.save(OUT / "graph.png")]

    print("2. The same backward pass, step by step\n")
    stepper = viz.step(out)
    stepper.save(OUT / "step.html")
    written.append(OUT / "step.html")
    print(stepper)

    print("\n3. A network learns to read handwritten digits\n")
    nn.manual_seed(0)
    data = nn.datasets.digits()
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    )
    print(model)
    sys.stdout.flush()  # the progress bars go to another stream
    nn.fit(
        model,
        nn.functional.cross_entropy,
        nn.optim.Adam(model.parameters(), lr=0.003),
        data.train,
        epochs=20,
        metrics=["accuracy"],
    )
    accuracy = nn.evaluate(model, None, data.test)["accuracy"]
    print(f"\ntest accuracy: {accuracy:.1%} of {len(data.test)} images it has never seen")

    batch = data.test[:32]
    loss = nn.functional.cross_entropy(model(batch.inputs), batch.targets)
    loss.backward()
    loss_graph = viz.draw(loss, direction="TB")
    written += [loss_graph.save(OUT / "loss.svg"), loss_graph.save(OUT / "loss.png")]

    print("\nwritten:")
    for path in written:
        print(f"   {path.resolve()}")
    print("open step.html in a browser, click on the page, and press the right arrow key")


if __name__ == "__main__":
    main()
