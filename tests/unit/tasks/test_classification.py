import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss

from injerto.tasks.named.image_classification import ImageClassification

ONE = ImageClassification()
MANY = ImageClassification(many_labels=True)


def random_case(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(4), size=200)
    return probabilities, generator.integers(0, 4, 200)


def test_metrics_equal_scikit_learns() -> None:
    probabilities, targets = random_case()
    predicted = probabilities.argmax(axis=1)
    assert ONE.measure(probabilities, targets) == pytest.approx(
        {
            "accuracy": accuracy_score(targets, predicted),
            "macro_f1": f1_score(targets, predicted, average="macro"),
            "log_loss": log_loss(targets, probabilities, labels=range(4)),
        }
    )


def test_macro_f1_leaves_out_labels_that_never_occur() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    assert ONE.measure(probabilities, np.array([0, 1]))["macro_f1"] == 1.0


def test_metrics_of_many_labels_equal_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    probabilities, targets = generator.uniform(size=(50, 3)), generator.integers(0, 2, (50, 3))
    measured = MANY.measure(probabilities, targets)
    assert measured["accuracy"] == pytest.approx(accuracy_score(targets, probabilities > 0.5))
    assert measured["macro_f1"] == pytest.approx(f1_score(targets, probabilities > 0.5, average="macro"))


def test_a_certain_wrong_answer_costs_much_but_not_infinity() -> None:
    assert np.isfinite(ONE.measure(np.array([[1.0, 0.0]]), np.array([1]))["log_loss"])


def test_temperature_recovers_the_one_that_scores_were_scaled_by() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(20_000, 3, generator=generator) * 2
    targets = torch.multinomial(torch.softmax(scores, dim=1), 1, generator=generator)[:, 0]
    assert ONE.fit_temperature(scores * 5, targets) == pytest.approx(5, rel=0.05)
    labels = torch.bernoulli(torch.sigmoid(scores), generator=generator).long()
    assert MANY.fit_temperature(scores * 5, labels) == pytest.approx(5, rel=0.05)


def test_a_small_split_without_an_error_does_not_ask_for_certainty() -> None:
    targets = torch.arange(3).repeat(10)
    scores = torch.nn.functional.one_hot(targets, 3).float()
    probabilities = ONE.probabilities(scores, temperature=ONE.fit_temperature(scores, targets))
    assert 0.9 < probabilities.max() < 0.995


def test_refined_answers_do_not_know_how_sure_they_were() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(300, 3, generator=generator) * 2
    one = torch.multinomial(torch.softmax(scores, dim=1), 1, generator=generator)[:, 0].numpy()
    many = torch.bernoulli(torch.sigmoid(scores), generator=generator).long().numpy()
    for task, targets in ((ONE, one), (MANY, many)):
        timid, right, certain = (task.probabilities(scores, temperature=t) for t in (4.0, 1.0, 0.4))
        refined = [task.refined(answers, targets) for answers in (timid, right, certain)]
        np.testing.assert_allclose(refined[0], refined[1], atol=1e-5)
        np.testing.assert_allclose(refined[2], refined[1], atol=1e-5)
        losses = [task.losses(answers, targets).mean() for answers in (timid, certain, refined[1])]
        assert losses[2] < min(losses[:2])
        assert (task.correct(refined[1], targets) == task.correct(right, targets)).all()


def test_temperature_changes_no_decision() -> None:
    scores = torch.randn(50, 4)
    assert (ONE.probabilities(scores, temperature=9).argmax(1) == scores.argmax(1).numpy()).all()


def test_decoding_names_the_most_probable_label() -> None:
    (prediction,) = ONE.decode(np.array([[0.2, 0.8]]), ("cat", "dog"))
    assert (prediction.label, prediction.labels, prediction.probability) == ("dog", ("dog",), 0.8)
    assert prediction.probabilities == {"cat": 0.2, "dog": 0.8}


def test_decoding_many_labels_gives_all_above_one_half() -> None:
    (prediction,) = MANY.decode(np.array([[0.7, 0.2, 0.9]]), ("a", "b", "c"))
    assert (prediction.label, prediction.labels) == (None, ("a", "c"))
