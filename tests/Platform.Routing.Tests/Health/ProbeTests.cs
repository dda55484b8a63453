using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Health;

public sealed class ProbeTests : IAsyncLifetime
{
    private readonly TargetBoard _board = new(Options.Create(new BreakerOptions { ConsecutiveFailures = 1, CoolDownSeconds = 3600 }), TimeProvider.System);
    private ScriptedProvider? _provider;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _provider = await ScriptedProvider.StartAsync(Cancel);

    public ValueTask DisposeAsync() => _provider!.DisposeAsync();

    [Theory]
    [InlineData("200 200", nameof(Availability.Available))]
    [InlineData("503 200", nameof(Availability.Available))]
    [InlineData("503 404", nameof(Availability.Available))]
    [InlineData("503 401", nameof(Availability.Available))]
    [InlineData("503 500", nameof(Availability.Open))]
    [InlineData("503 500 200", nameof(Availability.Available))]
    public async Task Two_probes_that_fail_close_a_providers_targets_off_until_one_is_answered(string answers, string availability)
    {
        var statuses = answers.Split(' ');
        _provider!.Script("a/health", statuses);
        var target = Target(_provider.AddressOf("a"));
        await ProbeAsync(target, statuses.Length);
        Assert.Equal(availability, _board.Of(target).Look().Availability.ToString());
    }

    [Fact]
    public async Task Probe_that_is_answered_ends_a_cool_down_but_closes_no_breaker()
    {
        var target = Target(_provider!.AddressOf("a"));
        var state = _board.Of(target);
        state.Leave(state.TryEnter(), TargetVerdict.Failed);
        Assert.Equal(Availability.Open, state.Look().Availability);
        await ProbeAsync(target, 1);
        Assert.Equal((Availability.Available, BreakerState.HalfOpen), (state.Look().Availability, state.Stand().State));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("no address")]
    [InlineData("ftp://127.0.0.1")]
    public async Task Provider_that_cannot_be_reached_or_asked_is_down(string address)
    {
        var target = Target(address);
        await ProbeAsync(target, 2);
        Assert.Equal(Availability.Open, _board.Of(target).Look().Availability);
    }

    [Theory]
    [InlineData("/a", "", nameof(Availability.Available))]
    [InlineData("/b", "/health", nameof(Availability.Available))]
    [InlineData("/a", "/healthz", nameof(Availability.Available))]
    [InlineData("/a", "/health", nameof(Availability.Open))]
    public async Task Failed_probes_count_only_where_the_policy_in_force_still_asks(string path, string probe, string availability)
    {
        _provider!.Script("a/health", "503", "503", "503");
        var before = Target(_provider.AddressOf("a")).Provider with { ProbeInterval = TimeSpan.Zero };
        using var probes = NewProbes();
        await probes.LookAsync([before], Cancel);
        await probes.LookAsync([before], Cancel);
        Assert.True(_board.Of(before).IsDown);
        var after = before with { BaseUrl = _provider.AddressOf("")[..^1] + path, ProbePath = probe };
        await probes.LookAsync([after], Cancel);
        Assert.Equal(availability, _board.Of(Routes.Target("m", after)).Look().Availability.ToString());
    }

    private ProbeProviders NewProbes() => new(null!, _board, Options.Create(new GatewayOptions()), TimeProvider.System, NullLogger<ProbeProviders>.Instance);

    private async Task ProbeAsync(RouteTarget target, int times)
    {
        using var probes = NewProbes();
        for (var i = 0; i < times; i++)
        {
            await probes.ProbeAsync(target.Provider, Cancel);
        }
    }

    private static RouteTarget Target(string address) => Routes.Target("m", Routes.OpenAi with { BaseUrl = address, ProbePath = "/health" });
}
