import pytest
import torch

from bauta.train.augment import Augmentation, augment

STRENGTH = Augmentation()
ERASING = Augmentation(erase=0.4)


def views(faces=64):
    ramp = torch.linspace(0.1, 0.9, 40)
    return (0.5 * ramp[None, :] + 0.5 * ramp[:, None]).repeat(faces, 1, 1, 1)


def test_views_keep_shape_and_range():
    changed = augment(views(), STRENGTH, torch.Generator().manual_seed(0))
    assert changed.shape == (64, 1, 40, 40)
    assert changed.min() >= 0.0
    assert changed.max() <= 1.0


def test_every_view_is_changed_in_its_own_way_and_the_face_stays_in_place():
    originals = views()
    changed = augment(originals, STRENGTH, torch.Generator().manual_seed(0))
    assert all(not torch.equal(changed[0], other) for other in changed[1:])
    # the ramp falls to the right and below, mirrored or not
    rows = changed.mean(3).squeeze(1)
    assert (rows[:, -10:].mean(1) > rows[:, :10].mean(1)).all()
    columns = changed.mean(2).squeeze(1)
    mirrored = (columns[:, :10].mean(1) > columns[:, -10:].mean(1)).float().mean()
    assert 0.3 < mirrored < 0.7


def test_the_generator_decides_everything():
    first = augment(views(), STRENGTH, torch.Generator().manual_seed(5))
    torch.manual_seed(1)
    assert torch.equal(first, augment(views(), STRENGTH, torch.Generator().manual_seed(5)))
    assert not torch.equal(first, augment(views(), STRENGTH, torch.Generator().manual_seed(6)))


@pytest.mark.parametrize("faces", [1, 2])
def test_the_given_views_are_not_changed(faces):
    originals = views(faces)
    augment(originals, STRENGTH, torch.Generator().manual_seed(0))
    assert torch.equal(originals, views(faces))


def test_a_square_is_erased_on_about_half_of_the_views():
    plain = augment(views(200), STRENGTH, torch.Generator().manual_seed(3))
    erased = augment(views(200), ERASING, torch.Generator().manual_seed(3))
    differing = (plain != erased).flatten(1).float().mean(1)
    assert 0.3 < (differing > 0).float().mean() < 0.6
    # the side is at most 0.4 of the view's
    assert differing.max() <= 0.4**2 + 0.03
    for row in torch.nonzero(differing > 0).flatten()[:5]:
        assert erased[row][plain[row] != erased[row]].unique().numel() == 1
