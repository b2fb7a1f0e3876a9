"""Layers, functions, estimators and backends, each where its framework is installed."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import random_weights

import cyclograd as cg


@pytest.fixture
def net(rng):
    return cg.from_sparse(
        random_weights(rng, 12, 0.3, 0.7), bias=rng.standard_normal(12) * 0.1,
        inputs=[0, 1, 2], outputs=[10, 11], tol=1e-13,
    )  # fmt: skip


class TestTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    def test_gradcheck_twice_and_no_third_derivative(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net, torch.float64)
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)

        def f(x, weight, bias):
            state = {"weight": weight, "bias": bias}
            return torch.func.functional_call(layer, state, (x,))

        assert torch.autograd.gradcheck(f, (x, layer.weight, layer.bias))
        assert torch.autograd.gradgradcheck(f, (x, layer.weight, layer.bias))
        (g,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
        assert h.requires_grad
        for loss in (h.sum(), h.square().sum(), h.sum() + x.square().sum()):
            with pytest.raises(RuntimeError, match="third"):
                torch.autograd.grad(loss, x, retain_graph=True)
            with pytest.raises(RuntimeError, match="third"):
                loss.backward(retain_graph=True)

    def test_frozen_parameters_stay_frozen_in_copies(self, graphs, torch):
        import copy
        import io
        import pickle

        from cyclograd.torch import EquilibriumLayer

        net = cg.load(graphs / "feedback.yaml")
        frozen = net.frozen
        assert frozen.any() and not frozen.all()
        layer = EquilibriumLayer(net, torch.float64)
        stored = io.BytesIO()
        torch.save(layer, stored)
        stored.seek(0)
        others = [
            copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)),
            torch.load(stored, weights_only=False),
        ]  # fmt: skip
        x = torch.randn(3, net.n_inputs, dtype=torch.float64, requires_grad=True)
        for one in [layer, *others]:
            (slope,) = torch.autograd.grad(one(x).square().sum(), x, create_graph=True)
            (slope.square().sum() + one(x).sum()).backward()
            g = np.concatenate([one.weight.grad.numpy(), one.bias.grad.numpy()])
            assert not g[frozen].any() and g[~frozen].any()

    def test_frozen_parameters_withstand_decay(self, torch):
        import copy

        from cyclograd.torch import EquilibriumLayer

        def net(bias):
            return cg.from_graph(cg.graph(
                cg.group("x", 2, role="input", bias={"value": bias, "trainable": False}),
                cg.group("y", 1, role="output"), cg.connection("x", "y", weight=1.0)))  # fmt: skip

        layer = EquilibriumLayer(net(0.7), torch.float64)
        optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=0.5)
        x = torch.ones(3, 2, dtype=torch.float64)
        for _ in range(5):
            optimizer.zero_grad()
            layer(x).sum().backward()
            optimizer.step()
        assert layer.matrix()[1][:2].tolist() == [0.7, 0.7] and layer.matrix()[1][2] != 0
        other = EquilibriumLayer(net(0.1), torch.float64)
        other.load_state_dict(layer.state_dict())
        for one in (other, copy.deepcopy(layer)):
            assert torch.equal(one(x), layer(x))
        # Of a layer that had no values of their own.
        older = {"weight": torch.tensor([1.0, 2.0]), "bias": torch.tensor([0.3, 0.3, 0.5])}
        other.load_state_dict(older)
        assert other.matrix()[1].tolist() == pytest.approx([0.3, 0.3, 0.5])

    def test_shapes_and_types(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net)
        whole = layer(torch.ones(2, 3, dtype=torch.long))
        assert whole.dtype == torch.float32 and torch.equal(whole, layer(torch.ones(2, 3)))
        for wrong in (torch.ones(4, 6), torch.ones(0, 5), torch.tensor(1.0)):
            with pytest.raises(cg.InvalidValueError):
                layer(wrong)
        with pytest.raises(cg.InvalidValueError, match="complex"):
            layer(torch.ones(2, 3, dtype=torch.complex64))
        for wrong in (torch.complex64, torch.int32, "float"):
            with pytest.raises(cg.InvalidValueError, match="dtype"):
                EquilibriumLayer(net, wrong)
        none = torch.ones(0, 3, requires_grad=True)
        layer(none).sum().backward()
        assert none.grad.shape == (0, 3) and not layer.weight.grad.any()
        lone = EquilibriumLayer(cg.from_sparse([[0.5]], bias=[0.1], inputs=[]))
        assert lone(torch.ones(4, 0)).shape == (4, 1)

    def test_penalties_on_gradients_train(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net)
        x = torch.randn(5, 3, requires_grad=True)
        (slope,) = torch.autograd.grad(layer(x).sum(), x, create_graph=True)
        (slope**2).sum().backward()
        assert layer.weight.grad.abs().sum() > 0 and x.grad.dtype == torch.float32

    def test_second_derivatives_beside_kinks(self, rng, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(
            cg.from_sparse(random_weights(rng, 6, 0.3, 0.5), activation="relu"), torch.float64)
        x = torch.randn(2, 6, dtype=torch.float64, requires_grad=True)
        (g,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
        h = torch.autograd.grad(g.sum(), x)[0]

        def slope(x):
            return torch.autograd.grad(layer(x).square().sum(), x)[0].sum()

        for i in range(6):
            step = torch.zeros(2, 6, dtype=torch.float64)
            step[0, i] = 1e-6
            up, down = (slope((x + s).detach().requires_grad_()) for s in (step, -step))
            assert h[0, i] == pytest.approx((up - down).item() / 2e-6, abs=1e-6)

    def test_layers_stack_train_and_are_saved(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), EquilibriumLayer(net), torch.nn.Linear(2, 1))
        x = torch.randn(30, 2)
        y = x.prod(dim=1, keepdim=True)
        optimizer = torch.optim.Adam(model.parameters(), 0.02)
        losses = []
        for _ in range(60):
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[-1] < 0.7 * losses[0]
        other = torch.nn.Sequential(torch.nn.Linear(2, 3), EquilibriumLayer(net), torch.nn.Linear(2, 1))
        other.load_state_dict(model.state_dict())
        assert torch.equal(other(x), model(x))
        assert model(torch.randn(5, 6, 2)).shape == (5, 6, 1)

    def test_failures(self, torch):
        from cyclograd.torch import EquilibriumLayer

        failing = cg.from_sparse([[1.0]], bias=[1.0], activation="softplus")
        x = torch.zeros(1, 1, requires_grad=True)
        with pytest.raises(cg.NotConvergedError):
            EquilibriumLayer(failing)(x)
        found = EquilibriumLayer(failing, on_failure="nan")(x)
        assert torch.isnan(found).all()
        with pytest.raises(cg.NotConvergedError):
            found.sum().backward()


class TestJAX:
    @pytest.fixture(autouse=True)
    def jax(self):
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        return jax

    def test_jit_grad_vmap(self, net, jax, rng):
        import cyclograd.jax

        solve = cyclograd.jax.function(net)
        x, params = rng.standard_normal((4, 3)), net.params
        np.testing.assert_allclose(jax.jit(solve)(params, x), net.solve(x).outputs, atol=1e-12)
        g = jax.jit(jax.grad(lambda p, x: (solve(p, x) ** 2).sum(), argnums=(0, 1)))(params, x)
        eq = net.solve(x)
        for found, exact in zip(g, eq.vjp(2 * eq.outputs)):
            np.testing.assert_allclose(found, exact, atol=1e-10)
        np.testing.assert_allclose(
            jax.vmap(solve, (None, 0))(params, x), net.solve(x).outputs, atol=1e-12
        )
        each = jax.vmap(jax.grad(lambda x: solve(params, x).sum()))(x)
        np.testing.assert_allclose(each, eq.vjp(np.ones((4, 2)))[1], atol=1e-10)
        from jax.test_util import check_grads

        check_grads(solve, (params, x), order=2, modes=["rev"])
        H = jax.hessian(lambda x: solve(params, x).sum(), holomorphic=False)
        with pytest.raises(TypeError):
            H(x[0])  # reverse mode only
        H = jax.jacrev(jax.jit(jax.grad(lambda x: solve(params, x).sum())))(x[0])
        np.testing.assert_allclose(H, H.T, atol=1e-10)
        with pytest.raises(ValueError):
            jax.jacrev(jax.jacrev(jax.jacrev(lambda x: solve(params, x).sum())))(x[0])


    def test_shapes_are_checked_before_the_callback(self, net, jax):
        import cyclograd.jax

        solve = cyclograd.jax.function(net)
        x, params = np.ones((4, 3)), net.params
        for wrong in ((params[:-1], x), (0.1, x), (params, x[:, :2]), (params, 0.5), (params, x[None])):
            for call in (solve, jax.jit(solve)):
                with pytest.raises(cg.InvalidValueError, match="shape"):
                    call(*wrong)


class TestScikitLearn:
    @pytest.fixture(autouse=True)
    def sklearn(self):
        return pytest.importorskip("sklearn")

    @pytest.mark.parametrize("name", ["Regressor", "Classifier", "Reservoir"])
    def test_check_estimator(self, name):
        from sklearn.utils.estimator_checks import check_estimator

        import cyclograd.sklearn

        kind = getattr(cyclograd.sklearn, f"Equilibrium{name}")
        few = {} if name == "Reservoir" else {"max_iter": 10}
        results = check_estimator(kind(hidden=4, random_state=0, **few), on_fail=None)
        failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
        assert not failed


class TestNetworkX:
    @pytest.fixture(autouse=True)
    def nx(self):
        return pytest.importorskip("networkx")

    @pytest.mark.parametrize("directed", [False, True])
    def test_centralities_agree(self, nx, directed):
        import cyclograd.networkx as backend

        graph = nx.gnp_random_graph(60, 0.08, seed=3, directed=directed)
        for u, v in graph.edges:
            graph.edges[u, v]["weight"] = 1 + (u + v) % 3
        ours = backend.backend.convert_from_nx(graph)
        pairs = [
            (backend.katz_centrality(ours, 0.05), nx.katz_centrality(graph, 0.05, tol=1e-13)),
            (
                backend.katz_centrality(ours, 0.02, weight="weight", normalized=False),
                nx.katz_centrality_numpy(graph, 0.02, weight="weight", normalized=False),
            ),
            (backend.pagerank(ours), nx.pagerank(graph, tol=1e-14, max_iter=1000)),
            (
                backend.pagerank(ours, personalization={3: 1.0, 5: 2.0}),
                nx.pagerank(graph, personalization={3: 1.0, 5: 2.0}, tol=1e-14, max_iter=1000),
            ),
        ]
        for ours_found, found in pairs:
            assert set(ours_found) == set(found)
            for node in found:
                assert ours_found[node] == pytest.approx(found[node], abs=1e-9)

    def test_no_pagerank_without_a_way_back(self, nx):
        from cyclograd.networkx import backend

        graph = backend.convert_from_nx(nx.cycle_graph(3))
        assert backend.can_run("pagerank", (graph,), {}) is True
        for arguments in (((graph,), {"alpha": 1.0}), ((graph, 1.0), {})):
            assert backend.can_run("pagerank", *arguments) is not True

    def test_dispatch_by_name(self, nx):
        if "cyclograd" not in nx.config.backend_priority.__class__.__mro__ and not any(
            point.name == "cyclograd"
            for point in __import__("importlib.metadata").metadata.entry_points(
                group="networkx.backends"
            )
        ):
            pytest.skip("entry points are there once the package is installed")
        graph = nx.karate_club_graph()
        found = nx.pagerank(graph, backend="cyclograd")
        for node, rank in nx.pagerank(graph, tol=1e-14).items():
            assert found[node] == pytest.approx(rank, abs=1e-9)
