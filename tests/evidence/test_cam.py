"""CAM, Grad-CAM and the mean of features: known answers, real models, and clear refusals."""

import pytest
import timm
import torch
from torch import nn

from mixcore.evidence.kinds.cam import CAM, FeatureMean
from mixcore.evidence.kinds.gradcam import GradCAM, usual_layer
from mixcore.evidence.models.normalized import Normalized, lite0


class Tiny(nn.Module):
    """Two channels, red and blue, averaged over places, and a linear head: all known by hand."""

    def __init__(self, weight, mean=True):
        super().__init__()
        self.stem = nn.Conv2d(3, 2, 1, bias=False)
        self.stem.weight.data = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]])[..., None, None]
        self.fc = nn.Linear(2, len(weight))
        self.fc.weight.data = torch.tensor(weight)
        self.fc.bias.data = torch.arange(len(weight)) / 10
        self.mean = mean

    def forward_features(self, x):
        return self.stem(x)

    def get_classifier(self):
        return self.fc

    def forward(self, x):
        features = self.forward_features(x)
        return self.fc(features.mean((2, 3)) if self.mean else features.amax((2, 3)))


TINY = Tiny([[2.0, 0.0], [0.0, 3.0], [1.0, -1.0]])
X = torch.rand(2, 3, 6, 5, generator=torch.Generator().manual_seed(0))


def random_model(name, **options):
    torch.manual_seed(0)
    return timm.create_model(name, pretrained=False, **options).eval()


def test_cam_of_a_network_by_hand():
    found = CAM(TINY)(X, torch.tensor([1, 2]))
    assert torch.allclose(found.values[0, 0], 3 * X[0, 2])
    assert torch.allclose(found.values[1, 0], (X[1, 0] - X[1, 2]).clamp(min=0))
    lowest = CAM(TINY, floor="min")(X, torch.tensor([1, 2]))
    raw = X[1, 0] - X[1, 2]
    assert torch.allclose(lowest.values[1, 0], raw - raw.min(), atol=1e-6)
    assert (found.scale, lowest.scale) == ("raw", "minus min")
    assert found.name == "CAM of the given class"
    assert found.cost > 0


def test_without_classes_the_likeliest_are_taken():
    likeliest = TINY(X).argmax(1)
    found = CAM(TINY)(X)
    assert torch.equal(found.values, CAM(TINY)(X, likeliest).values)
    assert found.name == "CAM of the likeliest class"
    with pytest.raises(ValueError, match=r"own classes, 0 to 2; got \(2,\) of 0 to 3"):
        CAM(TINY)(X, torch.tensor([0, 3]))


def test_the_mean_of_features_by_hand():
    assert torch.allclose(FeatureMean(TINY)(X).values[:, 0], (X[:, 0] + X[:, 2]) / 2)


def test_lite0s_cam_sums_to_its_logit():
    model, x = lite0(), torch.rand(1, 3, 96, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        features, logits = model.forward_features(x), model(x)
        best = int(logits.argmax())
        head = model.get_classifier()
        every = torch.einsum("bchw,c->bhw", features, head.weight[best])
        assert float(every.mean() + head.bias[best]) == pytest.approx(float(logits.max()), abs=1e-4)
    found = CAM(model)(x)
    assert found.values.shape == (1, 1, 3, 2)
    assert found.model == "tf_efficientnet_lite0"
    assert torch.allclose(found.values[:, 0], every.clamp(min=0), atol=1e-5)
    pictures = Normalized(model.inner, (0.5,) * 3, (0.5,) * 3)
    assert torch.allclose(pictures(x), model.inner(2 * x - 1), atol=1e-5)


def test_a_model_without_a_cam_says_what_it_can_give():
    with pytest.raises(ValueError, match="not a mean over places"):
        CAM(Tiny([[1.0, 2.0]], mean=False))(X)
    vit = random_model("vit_tiny_patch16_224", img_size=32, depth=1)
    with pytest.raises(ValueError, match=r"vit_tiny_patch16_224 gives no .* attention, gradient"):
        CAM(vit)(torch.rand(1, 3, 32, 32))
    with pytest.raises(ValueError, match=r"CAM\.floor must be"):
        CAM(TINY, floor="mean")
    with pytest.raises(ValueError, match="Tiny does not say its normalisation"):
        Normalized(TINY)


def test_grad_cam_of_the_last_features_is_cam():
    """With a mean over places and a linear head the two differ by the number of places only."""
    y = torch.tensor([1, 2])
    cam, grad = CAM(TINY)(X, y).values, GradCAM(TINY, "stem")(X, y).values
    assert torch.allclose(grad * 30, cam, atol=1e-6)


def test_grad_cam_is_captums_on_a_convolutional_layer():
    from captum.attr import LayerGradCam

    model, x = lite0(), torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(2))
    y = torch.tensor([3, 500])
    theirs = LayerGradCam(model, model.inner.blocks[4]).attribute(
        x, target=y, relu_attributions=True
    )
    ours = GradCAM(model, "inner.blocks.4")(x, y)
    assert ours.values.shape == (2, 1, 4, 6)
    assert torch.allclose(ours.values, theirs.detach(), atol=1e-6)
    assert usual_layer(model) == "inner.blocks.6"


@pytest.mark.parametrize("registers", [0, 4])
def test_grad_cam_sets_tokens_back_on_their_grid(registers):
    vit = random_model("vit_tiny_patch16_224", img_size=64, depth=2, reg_tokens=registers)
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    found = GradCAM(vit)(x)
    assert found.layer == "blocks.1.norm1"
    assert found.values.shape == (2, 1, 4, 4)
    seen = []
    vit.blocks[1].norm1.register_forward_hook(lambda m, i, o: seen.append(o))
    logits = vit(x.clone().requires_grad_())
    (slope,) = torch.autograd.grad(logits.max(1).values.sum(), seen[0])
    tokens, slope = seen[0][:, 1 + registers :], slope[:, 1 + registers :]
    plain = (tokens * slope.mean(1, keepdim=True)).sum(2).clamp(min=0).view(2, 1, 4, 4)
    assert torch.allclose(found.values, plain, atol=1e-6)


def test_grad_cam_refuses_what_the_class_does_not_look_at():
    vit = random_model("vit_tiny_patch16_224", img_size=32, depth=2)
    with pytest.raises(ValueError, match=r"does not look at the places of 'blocks\.1'"):
        GradCAM(vit, "blocks.1")(torch.rand(1, 3, 32, 32))
    with pytest.raises(ValueError, match=r"has no layer 'blocks\.9'"):
        GradCAM(vit, "blocks.9")
    with pytest.raises(ValueError, match="neither maps"):
        GradCAM(vit, "head")(torch.rand(1, 3, 32, 32))


def test_maps_can_be_asked_for_in_inference_mode():
    with torch.inference_mode():
        x = torch.rand(1, 3, 6, 5)
        assert GradCAM(TINY, "stem")(x).values.shape == (1, 1, 6, 5)


class InPlace(nn.Module):
    """A network whose operations overwrite what they were given, as torchvision's do."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(True))
        self.second = nn.Sequential(nn.Conv2d(6, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(True))
        self.unused = nn.Conv2d(3, 8, 1)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.second(self.first(x)).mean((2, 3)))


def captums(model, layer, x, y):
    from captum.attr import LayerGradCam

    module = dict(model.named_modules())[layer]
    return LayerGradCam(model, module).attribute(x, target=y).detach().clamp(min=0)


@pytest.mark.parametrize("layer", ["first.0", "first.1", "second.0", "second.1"])
def test_grad_cam_is_captums_where_operations_are_in_place(layer):
    model, x, y = InPlace().eval(), torch.rand(3, 3, 12, 10), torch.tensor([0, 3, 1])
    assert torch.allclose(
        GradCAM(model, layer)(x, y).values, captums(model, layer, x, y), atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer4.1.bn2"),
        ("resnet18", "layer3.0.bn1"),
        ("vgg11", "features.18"),
        ("alexnet", "features.10"),
        ("densenet121", "features.norm5"),
    ],
)
def test_grad_cam_is_captums_on_torchvisions_models(name, layer):
    from torchvision import models

    torch.manual_seed(0)
    model = models.get_model(name, weights=None, num_classes=5).eval()
    x, y = torch.rand(2, 3, 64, 64), torch.tensor([1, 4])
    want = captums(model, layer, x, y)
    assert want.any()
    assert torch.allclose(GradCAM(model, layer)(x, y).values, want, rtol=1e-3, atol=1e-6)


def test_grad_cam_of_the_bundled_small_network_is_captums():
    from mixcore.train.networks import SmallCNN

    torch.manual_seed(0)
    model = SmallCNN((3, 32, 32), 10).eval()
    layer = usual_layer(model)
    x, y = torch.rand(2, 3, 32, 32), torch.tensor([1, 4])
    assert torch.allclose(
        GradCAM(model, layer)(x, y).values, captums(model, layer, x, y), atol=1e-6
    )


def test_grad_cam_says_what_is_wrong_with_a_layer():
    model, x = InPlace().eval(), torch.rand(1, 3, 8, 8)
    with pytest.raises(ValueError, match="never calls its layer 'unused'"):
        GradCAM(model, "unused")(x)

    class Beside(InPlace):
        def forward(self, x):
            self.unused(x)
            return super().forward(x)

    class Frozen(InPlace):
        def forward(self, x):
            with torch.no_grad():
                x = self.first(x)
            return self.head(self.second(x).mean((2, 3)))

    with pytest.raises(ValueError, match="does not look at the places of 'unused'"):
        GradCAM(Beside().eval(), "unused")(x)
    with pytest.raises(ValueError, match="cannot be differentiated"):
        GradCAM(Frozen().eval(), "first.1")(x)
