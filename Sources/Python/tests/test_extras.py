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

    def test_forward_mode(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net, torch.float64)
        torch.manual_seed(0)
        x = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)

        def f(x, weight, bias):
            return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x,))

        point = (x, layer.weight, layer.bias)
        assert torch.autograd.gradcheck(f, point, check_forward_ad=True, check_backward_ad=False)
        assert torch.autograd.gradgradcheck(f, point, check_fwd_over_rev=True)
        still = torch.func.jvp(layer, (x,), (torch.zeros_like(x),))[1]
        assert still.shape == (3, 2) and not still.any()
        with pytest.raises(RuntimeError, match="forward mode within"):
            torch.func.jacfwd(torch.func.jacfwd(layer))(x)

    def test_transforms(self, net, torch):
        from torch.func import functional_call, grad, hessian, jacfwd, jacrev, vmap

        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net, torch.float64)
        torch.manual_seed(0)
        x = torch.randn(2, 3, dtype=torch.float64)
        point = (layer.weight.detach(), layer.bias.detach(), x)

        def f(weight, bias, x):
            return functional_call(layer, {"weight": weight, "bias": bias}, (x,))

        def loss(*point):
            return f(*point).square().sum()

        def check(found, expected):
            torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)

        every = (0, 1, 2)
        functional = torch.autograd.functional
        check(grad(loss, every)(*point), functional.vjp(loss, point)[1])
        jacobian = functional.jacobian(f, point)
        check(jacrev(f, every)(*point), jacobian)
        check(jacfwd(f, every)(*point), jacobian)
        second = functional.hessian(loss, point)
        check(hessian(loss, every)(*point), second)
        part = tuple(tuple(second[i][j] for j in (1, 2)) for i in (1, 2))
        check(jacrev(jacrev(loss, (1, 2)), (1, 2))(*point), part)
        check(jacrev(jacfwd(loss, (1, 2)), (1, 2))(*point), part)
        # Of each sample by itself.
        each = [functional.vjp(loss, (*point[:2], row))[1] for row in x]
        check(vmap(grad(loss, every), (None, None, 0))(*point), tuple(map(torch.stack, zip(*each))))
        third = grad(lambda x: jacfwd(grad(lambda x: loss(*point[:2], x)))(x).sum())
        with pytest.raises(RuntimeError, match="third"):
            third(x)

    def test_vmap(self, net, torch):
        from torch.func import functional_call, vmap

        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net, torch.float64)
        torch.manual_seed(0)
        x = torch.randn(2, 4, 3, dtype=torch.float64)

        def f(weight, bias, x):
            return functional_call(layer, {"weight": weight, "bias": bias}, (x,))

        # Samples are solved together, and are what they are alone.
        assert torch.equal(vmap(layer)(x), layer(x))
        assert torch.equal(vmap(vmap(layer))(x), layer(x))
        assert torch.equal(vmap(layer, 1, 1)(x), layer(x))
        assert vmap(layer)(x[:0]).shape == (0, 4, 2) and vmap(layer)(x[:, :0]).shape == (2, 0, 2)
        with pytest.raises(cg.InvalidValueError, match="no elements"):
            vmap(torch.func.grad(lambda x: layer(x).sum()))(x[:0])
        weights = torch.stack([layer.weight, 0.5 * layer.weight, -layer.weight]).detach()
        found = vmap(vmap(f, (None, None, 0)), (0, None, None))(weights, layer.bias, x)
        for weight, one in zip(weights, found):
            assert torch.equal(one, f(weight, layer.bias, x))
        biases = torch.stack([layer.bias, 2 * layer.bias], dim=1).detach()
        for k, one in enumerate(vmap(f, (None, 1, 0))(layer.weight, biases, x)):
            assert torch.equal(one, f(layer.weight, biases[:, k], x[k]))
        failing = EquilibriumLayer(
            cg.from_sparse([[1.0]], bias=[1.0], activation="softplus"), torch.float64, "nan"
        )
        assert vmap(failing)(torch.zeros(2, 1, dtype=torch.float64)).isnan().all()

    def test_derivatives_are_those_of_the_forward_pass(self, net, torch):
        from cyclograd.torch import EquilibriumLayer

        layer = EquilibriumLayer(net, torch.float64)
        x, other = torch.ones(2, 3, dtype=torch.float64), torch.zeros(2, 3, dtype=torch.float64)
        x.requires_grad_()
        once = torch.autograd.grad(layer(x).sum(), x)[0]
        found, _ = layer(x), layer(other)
        assert torch.equal(torch.autograd.grad(found.sum(), x, retain_graph=True)[0], once)
        with torch.no_grad():
            x.mul_(2)
        with pytest.raises(RuntimeError, match="modified"):
            torch.autograd.grad(found.sum(), x)

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


    @pytest.mark.parametrize("kind, size", [("float16", 1.0), ("bfloat16", 1.0), ("float32", 1e15)])
    def test_states_beyond_the_precision_of_inputs(self, jax, kind, size):
        import cyclograd.jax

        # One neuron's state is 1e6, or 1e39, where its output is 1.
        gain = 1e6 if size == 1 else 1e24
        net = cg.from_sparse(
            [[0, 0, 0], [gain, 0, 0], [0, 1, 0]], activation=["identity", "softsign", "identity"],
            inputs=[0], outputs=[2],
        )  # fmt: skip
        solve, params = cyclograd.jax.function(net), net.params
        x = jax.numpy.full((2, 1), size, dtype=kind)
        assert solve(params, x).dtype == kind
        eq = net.solve(np.asarray(x, float))
        exact = eq.vjp(np.ones((2, 1)))
        found = jax.grad(lambda p, x: solve(p, x).sum(), argnums=(0, 1))(params, x)
        np.testing.assert_allclose(found[0], exact[0], rtol=1e-10)
        np.testing.assert_allclose(np.asarray(found[1], float), exact[1], rtol=0.1, atol=1e-40)
        assert np.isfinite(jax.jacrev(jax.grad(lambda p: solve(p, x).sum()))(params)).all()


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

    @pytest.fixture
    def samples(self, rng):
        X = rng.standard_normal((40, 3))
        return X, np.sin(X[:, 0]) + X[:, 1]

    @pytest.mark.parametrize("value", [0.1, -1e9 / 3, 1e-200, 1e200])
    def test_constant_columns_change_nothing(self, samples, value):
        from cyclograd.sklearn import EquilibriumRegressor, EquilibriumReservoir

        X, y = samples
        with_it = np.c_[X, np.full(40, value)]
        nearly = np.c_[X, np.full(40, value * (1 + 1e-15))]
        model = EquilibriumRegressor(4, max_iter=20, random_state=0).fit(with_it, y)
        np.testing.assert_allclose(model.predict(nearly), model.predict(with_it), atol=1e-9)
        reservoir = EquilibriumReservoir(4, random_state=0).fit(with_it)
        np.testing.assert_allclose(reservoir.transform(nearly), reservoir.transform(with_it), atol=1e-9)
        both = EquilibriumRegressor(4, max_iter=20, random_state=0).fit(X, np.c_[y, np.full(40, value)])
        np.testing.assert_allclose(both.predict(X)[:, 1], value, rtol=1e-12)

    def test_standard_against_exact_arithmetic(self, rng):
        from fractions import Fraction

        from cyclograd.sklearn import _standard

        for size, offset in ((1.0, 0.0), (1e-3, 7.0), (1e300, 0.0), (1e-300, 0.0), (1.0, 1e9)):
            column = offset + size * rng.standard_normal(50)
            exact = [Fraction(value) for value in column]
            mean = sum(exact) / 50
            variance = sum(((value - mean) / Fraction(size)) ** 2 for value in exact) / 50
            found, spread, varies = _standard(column[:, None])
            assert varies[0] and found[0] == pytest.approx(float(mean), rel=1e-13, abs=1e-13 * size)
            assert spread[0] == pytest.approx(float(variance) ** 0.5 * size, rel=1e-12)
        # Many numbers, and numbers that are equal but for rounding.
        for column in (np.full(200_000, 0.1), np.resize([0.3, 0.1 + 0.2], 99), np.zeros(5), np.full(3, 5e-324)):
            found, scale, varies = _standard(column[:, None])
            assert not varies[0] and scale[0] == 1 and found[0] == pytest.approx(column[0], rel=1e-14)

    @pytest.mark.parametrize("unit", [1e200, 1e-200])
    def test_units_do_not_matter(self, samples, unit):
        from cyclograd.sklearn import EquilibriumRegressor, EquilibriumReservoir

        X, y = samples
        model = EquilibriumRegressor(4, max_iter=20, random_state=0)
        expected = model.fit(X, y).predict(X)
        found = model.fit(X * unit, y * unit).predict(X * unit)
        np.testing.assert_allclose(found / unit, expected, atol=1e-4)
        reservoir = EquilibriumReservoir(4, random_state=0)
        np.testing.assert_allclose(
            reservoir.fit_transform(X * unit), reservoir.fit_transform(X), atol=1e-8
        )

    @pytest.mark.parametrize(
        "name, values",
        {
            "hidden": [0, -1, 2.5, True, None, "4"],
            "activation": [None, 3, "tnah"],
            "gain": [-1, np.nan, np.inf, None, "1"],
            "alpha": [-1, np.nan, np.inf, None, "1"],
            "max_iter": [0, -5, 2.5, True, None],
            "tol": [0, -1, np.nan, None, "1"],
            "threads": [0, -1, 1.5, None],
        }.items(),
    )
    def test_parameters_are_checked(self, samples, name, values):
        import cyclograd.sklearn as ours

        X, y = samples
        for kind in (ours.EquilibriumRegressor, ours.EquilibriumClassifier, ours.EquilibriumReservoir):
            if name in kind().get_params():
                for value in values:
                    with pytest.raises(cg.CyclogradError, match=name) as caught:
                        kind(**{name: value}).fit(X, y > 0)
                    assert isinstance(caught.value, ValueError)
        numbers = {"hidden": np.int64(2), "gain": np.float32(0.5), "alpha": 0, "max_iter": np.int32(1)}
        ours.EquilibriumRegressor(**numbers, activation={"leaky-relu": 0.1}).fit(X, y)

    def test_answers_may_be_written_to(self, samples):
        from cyclograd.sklearn import EquilibriumClassifier

        X, y = samples
        model = EquilibriumClassifier(4, max_iter=5, random_state=0).fit(X, np.digitize(y, [-0.5, 0.5]))
        expected = model.predict(X)
        model.decision_function(X)[:] = 0
        np.testing.assert_array_equal(model.predict(X), expected)

    def test_no_training_from_weights_without_an_equilibrium(self, samples):
        from cyclograd.sklearn import EquilibriumRegressor

        with pytest.raises(cg.NotConvergedError, match="gain below 20"):
            EquilibriumRegressor(4, activation="relu", gain=20.0, random_state=0).fit(*samples)

    def test_reservoirs_name_their_features(self, samples):
        from cyclograd.sklearn import EquilibriumReservoir

        reservoir = EquilibriumReservoir(3, random_state=0)
        plain = reservoir.fit_transform(samples[0])
        names = [f"equilibriumreservoir{k}" for k in range(3)]
        assert reservoir.get_feature_names_out().tolist() == names
        pd = pytest.importorskip("pandas")
        table = reservoir.set_output(transform="pandas").fit_transform(
            pd.DataFrame(samples[0], columns=["a", "b", "c"], index=range(5, 45))
        )
        assert list(table.columns) == names and list(table.index) == list(range(5, 45))
        np.testing.assert_allclose(table, plain, atol=1e-14)

    def test_tables_keep_their_columns(self, samples):
        pd = pytest.importorskip("pandas")
        import cyclograd.sklearn as ours

        X, y = samples
        table = pd.DataFrame(X, columns=["a", "b", "c"])
        for kind, target in (
            (ours.EquilibriumRegressor, y), (ours.EquilibriumClassifier, np.where(y > 0, "yes", "no"))
        ):  # fmt: skip
            model = kind(4, max_iter=5, random_state=0).fit(table, target)
            np.testing.assert_array_equal(model.predict(table.iloc[::-1]), model.predict(table)[::-1])
            with pytest.raises(ValueError, match="order"):
                model.predict(table[["c", "a", "b"]])


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

    @pytest.mark.parametrize("directed", [False, True])
    def test_small_graphs_agree(self, nx, rng, directed):
        import cyclograd.networkx as backend

        for _ in range(25):
            n = int(rng.integers(1, 7))
            graph = nx.DiGraph() if directed else nx.Graph()
            graph.add_nodes_from(f"v{k}" for k in range(n))
            for u, v in rng.integers(n, size=(int(rng.integers(0, 2 * n)), 2)):
                graph.add_edge(f"v{u}", f"v{v}", weight=float(rng.choice([0.0, 0.5, 1.0, 2.0])))
            ours = backend.Graph(graph)
            some = {node: float(rng.random()) for node in graph}
            calls = [
                ("katz_centrality", {"alpha": 0.05, "beta": beta, "weight": weight, "normalized": normalized})
                for beta in (0, 1.5, some, dict.fromkeys(graph, 0))
                for weight in (None, "weight")
                for normalized in (True, False)
            ] + [
                ("pagerank", {"alpha": alpha, "personalization": personalization, "weight": weight})
                for alpha in (0.0, 0.6)
                for personalization in (None, some, {"v0": 1.0, "elsewhere": 2.0})
                for weight in (None, "weight", "no such")
            ]
            for name, options in calls:
                expected = getattr(nx, name)(graph, **options, max_iter=10_000, tol=1e-13)
                found = getattr(backend, name)(ours, **options)
                assert list(found) == list(expected)
                assert found == pytest.approx(expected, abs=1e-9)

    def test_what_centralities_refuse(self, nx):
        import types

        import cyclograd.networkx as backend

        graph = nx.path_graph(3)
        ours = backend.Graph(graph)
        for start in ({"z": 1.0}, {0: 1.0}, {0: 1, 1: 1, 2: 1, 3: 1}):
            for call, given in ((nx.katz_centrality, graph), (backend.katz_centrality, ours)):
                with pytest.raises(KeyError):
                    call(given, 0.1, nstart=dict(start))
        for beta in ({0: 1.0}, {0: 1, 1: 1, 2: 1, 3: 1}):
            with pytest.raises(nx.NetworkXError):
                backend.katz_centrality(ours, 0.1, beta)
        start = dict.fromkeys(graph, 0.5)
        for beta in (2, types.MappingProxyType({0: 1.0, 1: 2.0, 2: 3.0})):
            found = backend.katz_centrality(ours, 0.1, beta, nstart=start)
            assert found == pytest.approx(nx.katz_centrality(graph, 0.1, beta, tol=1e-13), abs=1e-9)
        ones = backend.katz_centrality(ours, 0.1)
        for beta in (1e200, 1e-200):
            assert backend.katz_centrality(ours, 0.1, beta) == pytest.approx(ones, rel=1e-9)
        assert backend.katz_centrality(backend.Graph(nx.Graph())) == {}
        assert backend.pagerank(backend.Graph(nx.Graph())) == {}

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
