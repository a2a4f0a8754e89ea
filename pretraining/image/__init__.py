"""The recipe of the image backbones that injerto ships: material, model, training, evaluation."""
