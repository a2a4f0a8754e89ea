"""The student: a small BERT whose mean-pooled states are projected onto the teacher's space while it learns."""

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from pretraining.text.teacher import WIDTH, Teacher, mean_pool
from pretraining.text.tokenizer import MAX_LENGTH, SPECIAL

HIDDEN = 192


def make_config(vocabulary: int) -> BertConfig:
    """The architecture; the random control of the evaluation uses the same."""
    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        num_hidden_layers=3,
        num_attention_heads=6,
        intermediate_size=4 * HIDDEN,
        max_position_embeddings=MAX_LENGTH,
        pad_token_id=0,
    )


class Student(nn.Module):
    """The backbone that is kept, and the two projections that are thrown away after training."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.bert = BertModel(config)
        self.from_mean = nn.Linear(HIDDEN, WIDTH)
        self.from_pooler = nn.Linear(HIDDEN, WIDTH)

    def forward(self, ids_BT: Tensor, mask_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Guesses of the teacher's embedding from the mean of the states and from BERT's pooler."""
        output = self.bert(input_ids=ids_BT, attention_mask=mask_BT)
        return self.from_mean(mean_pool(output.last_hidden_state, mask_BT)), self.from_pooler(output.pooler_output)

    def guess_from_words(self, ids_BT: Tensor, mask_BT: Tensor) -> Tensor:
        """The same guess with all layers left out: a bag of word embeddings."""
        return self.from_mean(mean_pool(self.bert.embeddings(input_ids=ids_BT), mask_BT))


@torch.no_grad()
def start_from_teacher(student: Student, teacher: Teacher, tokenizer: Tokenizer) -> None:
    """Set each word embedding to the principal components of the teacher's embedding of that token's text.

    With X = centred teacher rows and V its first principal directions, the embedding is X V and the projection
    back to the teacher's space is V^T, so the student starts near the teacher's own bag of words.
    """
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    rows = teacher.embed([token.removeprefix("##") for token in tokens])
    rows[: len(SPECIAL)] = rows.mean(axis=0)
    centre = rows.mean(axis=0)
    directions = np.linalg.svd(rows - centre, full_matrices=False)[2][:HIDDEN].T
    embeddings = (rows - centre) @ directions
    # LayerNorm follows, so only the size relative to the (small) position embeddings matters.
    scale = 0.05 / embeddings.std()
    table = student.bert.embeddings
    table.word_embeddings.weight.copy_(torch.from_numpy(embeddings * scale))
    table.position_embeddings.weight.mul_(0.1)
    table.token_type_embeddings.weight.mul_(0.1)
    student.from_mean.weight.copy_(torch.from_numpy(directions))
    student.from_mean.bias.copy_(torch.from_numpy(centre))
