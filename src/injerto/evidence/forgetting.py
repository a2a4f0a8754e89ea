"""How much of what a network was able to do is left after it was fine-tuned."""

from typing import Final

import torch

from injerto.activations.reading import compute_features
from injerto.artifacts.model import Model
from injerto.core.evidence import Forgetting
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.evidence.bootstrap import measure_accuracy
from injerto.evidence.control import Trial

_MOST_EXAMPLES: Final = 500


def measure_forgetting(model: Model, trial: Trial) -> Forgetting | None:
    """Agreement of the fine-tuned with the untouched network under the classifier that the weights came with.

    The source's data are not at hand, so that its accuracy there cannot be measured. On the user's inputs, of which no
    label is needed, the same question has an answer: does the network still say what it said? Tune is asked, which it
    was not trained on. None where nothing was changed, or no classifier lay beside the weights.
    """
    if not model.backbone_changed or trial.plan.from_scratch or len(trial.splits.tune) == 0:
        return None
    untouched = trial.load_backbone(pretrained=True).to(trial.plan.device)
    head = untouched.source_head
    if head is None:
        return None
    items = [trial.data.examples[i].item for i in trial.splits.tune[:_MOST_EXAMPLES]]
    # What the tuned network makes of the examples is of no use to anybody else: it is not stored.
    before_N = head.classify(compute_features(untouched, items, store=trial.store).cpu())
    after_N = head.classify(compute_features(model.backbone, items, store=None).cpu())
    same = (before_N == after_N).double().numpy()
    agreement = measure_accuracy(same, seed=derive_seed(trial.plan.seed, "forgetting"))
    shares = [torch.bincount(classes, minlength=head.num_classes) / len(items) for classes in (before_N, after_N)]
    by_chance = float((shares[0] * shares[1]).sum())
    return Forgetting(
        agreement=agreement,
        by_chance=by_chance,
        num_classes=head.num_classes,
        sentence=say(
            "evidence.forgetting",
            agreement=f"{100 * agreement.value:.0f}",
            number=len(items),
            low=f"{100 * agreement.low:.0f}",
            high=f"{100 * agreement.high:.0f}",
            classes=f"{head.num_classes:,}",
            chance=f"{100 * by_chance:.0f}",
        ),
    )
