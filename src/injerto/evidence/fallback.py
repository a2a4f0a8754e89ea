"""The head on the frozen backbone instead of a fine-tuned model that it beats: decided on tune, never on test."""

from injerto.core.evidence import Fallback, Verdict
from injerto.core.messages import say
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.seeds import derive_seed
from injerto.evidence.answers import answer
from injerto.evidence.bootstrap import measure_gain
from injerto.evidence.control import Trial
from injerto.evidence.deciding import judge_gain
from injerto.training.engine import Trained


def keep_better(trained: Trained, trial: Trial) -> tuple[Trained, Plan, Fallback | None]:
    """The fine-tuned model, or the head of `linear-probe` where that beats it on the tune split.

    Fine-tuning stopped by that split, which flatters it a little: a head that wins all the same has won. Nothing is
    tried where no pretrained weight was changed. The frozen features are those that the control needs anyway.
    """
    plan = trial.plan
    if plan.from_scratch or not trained.model.backbone_changed or len(trial.splits.tune) == 0:
        return trained, plan, None
    backbone = trial.load_backbone(pretrained=True)
    frozen_plan = trial.plan_for(backbone, "linear-probe")
    frozen = trial.train(frozen_plan, backbone)
    items = [trial.data.examples[i].item for i in trial.splits.tune]
    targets = trial.data.targets()[trial.splits.tune]
    head, tuned = (
        trial.task.correct(answer(one.model, items, store=trial.store, reporter=trial.reporter), targets)
        for one in (frozen, trained)
    )
    gain = measure_gain(head, tuned, seed=derive_seed(plan.seed, "fallback"))
    if judge_gain(gain, minimum_effect=plan.minimum_effect) is not Verdict.HELPED:
        return trained, plan, None
    sentence = say(
        "evidence.fallback",
        strategy=plan.strategy,
        kept=frozen_plan.strategy,
        number=len(items),
        gain=f"{100 * gain.value:.1f}",
        low=f"{100 * gain.low:.1f}",
        high=f"{100 * gain.high:.1f}",
    )
    reason = Reason(field="strategy", choice=frozen_plan.strategy, basis=Basis.MEASUREMENT, because=sentence)
    kept = frozen_plan.model_copy(
        update={
            "backbone": plan.backbone,
            "minimum_effect": plan.minimum_effect,
            "search": plan.search,
            "reasons": (*(old for old in plan.reasons if old.field != "strategy"), reason),
        }
    )
    fallback = Fallback(given_up=plan.strategy, kept=kept.strategy, gain=gain, sentence=sentence)
    return frozen, kept, fallback
