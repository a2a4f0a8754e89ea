"""What more labels would give: the learning curve of a linear head on the frozen backbone of a run."""

from injerto.core.learning_curve import LearningCurve
from injerto.core.seeds import derive_seed
from injerto.evidence.control import Trial
from injerto.evidence.learning_curve.measuring import measure_learning_curve
from injerto.evidence.training_features import TrainingFeatures


def measure_more_labels(trial: Trial, features: TrainingFeatures) -> LearningCurve:
    """The curve of the pretrained backbone as it was, whatever the strategy.

    A head on frozen features can be solved a hundred times. The test split takes no part.
    """
    groups = [trial.data.examples[i].group for i in trial.splits.train]
    named = [group if group is not None else f"\0{i}" for i, group in enumerate(groups)]
    return measure_learning_curve(
        features.train,
        features.train_targets,
        num_classes=len(trial.data.labels),
        held_out=(features.tune, features.tune_targets),
        groups=named if any(group is not None for group in groups) else None,
        seed=derive_seed(trial.plan.seed, "learning curve"),
    )
