using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Reviews;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>Changes of controls as they are asked for: what there were, and what spend did after them.</summary>
public sealed class ControlEffectTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly ControlEvent Frozen = ControlEvent.Of(
        new FreezeChanged(Guid.CreateVersion7(), "wallet", "wal_team_search", "team_search", true, "runaway agent", "key_1", Utc("2026-06-02T07:30:00")));

    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);

        // A dollar a day, and from the freeze on a fifth of it, by what another wallet of the team pays.
        await _forecast.Usage.AddAsync(
            Batch([.. Enumerable.Range(0, 40).Select(day => Call(Now.AddDays(day - 40), (day < 32 ? 1_000_000_000 : 200_000_000) + (day % 3 * 10_000_000), "team_search"))]), Now, Cancellation);
        ControlEvent[] others =
        [
            ControlEvent.Of(new CapChanged(
                Guid.CreateVersion7(), "cap_1", "set", "organisation", "", "", 5_000_000_000, 0, "USD", "day", "UTC", "", "", "key_2", Now.AddDays(-7))),
            ControlEvent.Of(new AllocationChanged(
                Guid.CreateVersion7(), "allocation", new("wal_organisation", "", "", "", 1), new("wal_team_search", "team_search", "", "", 1), 1, "USD", "key_1", "", Now.AddDays(-6), Now)),
            ControlEvent.Of(new WalletPolicyChanged(Guid.CreateVersion7(), "wal_team_support", "team_support", "", "", [new("observe", "true", "false")], "key_1", Now.AddDays(-5))),
        ];
        foreach (var change in others.Append(Frozen))
        {
            await _forecast.Get<ControlStore>().AddAsync(change, Now, Cancellation);
        }
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task A_freeze_is_judged_by_its_teams_spend_and_names_what_else_was_changed()
    {
        var effect = await _forecast.Get<GetEffect>().RunAsync(new GetEffectRequest { EventId = Frozen.EventId.ToString() }, Cancellation);

        Assert.Equal(("team_search", "freeze", "key_1", "2026-06-02"), (effect.TeamId, effect.Change.Kind, effect.Change.Actor, effect.FirstDay));
        Assert.Equal("wallet wal_team_search was frozen: runaway agent", effect.Change.Summary);
        Assert.True(effect.Visible);
        Assert.InRange(effect.Share.Middle, -0.82, -0.76);
        Assert.Equal(["allocation", "cap"], effect.Others.Select(other => other.Kind));
        Assert.Equal(2, effect.OthersTotal);
    }

    [Fact]
    public async Task A_price_that_began_in_the_days_looked_at_is_named_where_it_is_of_a_model_that_is_used()
    {
        PriceRow Price(string model, string? from, string? to, long rate) => new()
        {
            PriceId = rate, Provider = "openai", Model = model, Currency = "USD", InputPerMillion = rate, SetBy = "key_3",
            EffectiveFrom = from is null ? null : Utc(from).ToTimestampUtc(), EffectiveTo = to is null ? null : Utc(to).ToTimestampUtc(),
        };
        _forecast.Organisation.Prices.AddRange(
        [
            Price("gpt-4o-mini", null, "2026-06-03T06:00:00", 150_000_000), Price("gpt-4o-mini", "2026-06-03T06:00:00", "2026-06-20T00:00:00", 120_000_000), Price("gpt-4o-mini", "2026-06-20T00:00:00", null, 60_000_000),
            Price("o3", null, "2026-06-03T06:00:00", 150_000_000), Price("o3", "2026-06-03T06:00:00", null, 120_000_000),
        ]);
        var effect = await _forecast.Get<GetEffect>().RunAsync(new GetEffectRequest { EventId = Frozen.EventId.ToString() }, Cancellation);

        Assert.Equal(["allocation", "cap", "price"], effect.Others.Select(other => other.Kind));
        Assert.Equal(("", "openai/gpt-4o-mini", "key_3", "a price of the book began: openai/gpt-4o-mini costs 20 % less"),
            (effect.Others[2].EventId, effect.Others[2].Subject, effect.Others[2].Actor, effect.Others[2].Summary));
        Assert.Equal(3, effect.OthersTotal);
    }

    [Fact]
    public async Task Changes_of_a_kind_are_listed_with_who_made_them_and_another_kind_is_refused_with_those_that_there_are()
    {
        var list = (string kind) => _forecast.Get<ListControls>().RunAsync(new ListControlsRequest { TeamId = "team_search", Kind = kind }, Cancellation);
        Assert.Equal(["allocation key_1", "cap key_2", "freeze key_1"], (await list("")).Controls.Select(change => $"{change.Kind} {change.Actor}"));
        Assert.Equal(["wal_team_search"], (await list("freeze")).Controls.Select(change => change.Subject));
        Assert.Empty((await list("wallet_policy")).Controls);
        Assert.Equal(3, (await list("")).ControlsTotal);
        var newest = await _forecast.Get<ListControls>().RunAsync(new ListControlsRequest { TeamId = "team_search", Limit = 1 }, Cancellation);
        Assert.Equal((1, 3), (newest.Controls.Count, newest.ControlsTotal));
        var older = await _forecast.Get<ListControls>().RunAsync(new ListControlsRequest { TeamId = "team_search", Limit = 1, Until = newest.Controls[0].OccurredAt }, Cancellation);
        Assert.Equal(("cap", 2), (older.Controls.Single().Kind, older.ControlsTotal));
        Assert.Contains("allocation, policy, budget, cap, freeze, wallet_policy", (await Assert.ThrowsAsync<RpcException>(() => list("caps"))).Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_review_has_them_all_among_the_controls_of_its_week()
    {
        var review = await _forecast.Get<GetReview>().RunAsync(new GetReviewRequest { Week = "2026-W23" }, Cancellation);
        Assert.Equal(
            ["2026-06-05 wallet_policy key_1", "2026-06-04 allocation key_1", "2026-06-03 cap key_2", "2026-06-02 freeze key_1"],
            review.Controls.Select(change => $"{change.OccurredAt.ToDateTimeOffset():yyyy-MM-dd} {change.Kind} {change.Actor}"));
    }
}
