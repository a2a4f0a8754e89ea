"""Recordings in a scikit-learn estimator."""

import numpy as np
import speech_data

import injerto


def test_the_estimator_takes_samples_and_their_rate() -> None:
    words = ["up", "down"] * 10
    sounds = [(speech_data.speak(word, seed=n), speech_data.RATE) for n, word in enumerate(words)]
    fitted = injerto.TransferClassifier(strategy="linear-probe", random_state=0, cache=False).fit(sounds, words)
    found = fitted.predict([(speech_data.speak(word, seed=99), speech_data.RATE) for word in ("up", "down")])
    np.testing.assert_array_equal(found, ["up", "down"])
