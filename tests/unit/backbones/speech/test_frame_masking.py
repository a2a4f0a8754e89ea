"""SpecAugment: what is hidden, how much, and from whom."""

import pytest
import torch

from injerto.backbones.speech.frame_masking import FrameMasking


def test_nothing_is_hidden_from_a_frozen_network() -> None:
    frames = torch.randn(3, 40, 32)
    assert torch.equal(FrameMasking(time_share=0.5).eval()(frames), frames)


@pytest.mark.parametrize(("share", "span"), [(0.1, 6), (0.3, 10)])
def test_about_the_share_that_is_asked_for_is_hidden_in_whole_frames(share: float, span: int) -> None:
    torch.manual_seed(0)
    hidden = FrameMasking(time_share=share, channel_share=0.0, span=span).train()(torch.ones(400, 100, 16)) == 0
    assert torch.equal(hidden.any(2), hidden.all(2))
    # Spans that meet hide less than their sum: of a place that `span` starts reach, all must miss it.
    expected = 1 - (1 - share / span) ** span
    assert float(hidden.float().mean()) == pytest.approx(expected, abs=0.03)


def test_bands_of_channels_are_hidden_through_all_time() -> None:
    torch.manual_seed(0)
    hidden = FrameMasking(time_share=0.0, channel_share=0.2).train()(torch.ones(50, 30, 64)) == 0
    assert torch.equal(hidden.any(1), hidden.all(1))
    assert 0.05 < float(hidden.float().mean()) < 0.3


def test_of_a_short_word_never_more_than_a_fifth_is_hidden_at_a_stretch() -> None:
    torch.manual_seed(0)
    masking = FrameMasking(time_share=0.02, channel_share=0.0, span=10).train()
    hidden = (masking(torch.ones(2000, 10, 4)) == 0)[:, :, 0]
    one_span = hidden[hidden.sum(1) > 0].sum(1)
    assert int(one_span.mode().values) <= 2
    assert torch.isfinite(masking(torch.randn(2, 1, 4))).all()
