using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Planning;
using Platform.Forecast.SpecialDays;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>A change that took effect, and whose answer was lost, is answered for its repeat as it was made, whatever has gone since.</summary>
public sealed class RepeatTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.Add("team_search");
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o", Tier = "standard", Currency = "USD", InputPerMillion = 1_000_000_000 });
        await _forecast.Usage.AddAsync(Batch(Call(Now.AddDays(-1), 5, "team_search") with { Lane = "standard" }), Now, Cancellation);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task Plans_are_answered_though_price_and_team_have_gone()
    {
        var change = _forecast.Get<ChangePlan>();
        var (set, import) = (new SetItemRequest { Item = Item("one"), IdempotencyKey = "one" }, new ImportItemsRequest { Items = { Item("two") }, Apply = true, IdempotencyKey = "two" });
        var (made, imported) = (await change.SetAsync(set, "key_1", Cancellation), await change.ImportAsync(import, "key_1", Cancellation));
        Assert.True(imported.Applied);

        Forget();
        Assert.Equal(made, await change.SetAsync(set, "key_1", Cancellation));
        Assert.Equal(imported, await change.ImportAsync(import, "key_1", Cancellation));

        // What was not made before is still looked at, and a key is its request's alone.
        Assert.NotEmpty((await change.ImportAsync(new ImportItemsRequest { Items = { Item("two") }, Apply = true, IdempotencyKey = "three" }, "key_1", Cancellation)).Problems);
        set.Item.CallsPerDay++;
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => change.SetAsync(set, "key_1", Cancellation))));
    }

    [Fact]
    public async Task A_refused_import_is_no_answer_to_keep()
    {
        var change = _forecast.Get<ChangePlan>();
        var import = new ImportItemsRequest { Items = { Item("two") }, Apply = true, IdempotencyKey = "two" };
        var prices = _forecast.Organisation.Prices.ToArray();
        _forecast.Organisation.Prices.Clear();
        Assert.NotEmpty((await change.ImportAsync(import, "key_1", Cancellation)).Problems);

        _forecast.Organisation.Prices.AddRange(prices);
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.True((await change.ImportAsync(import, "key_1", Cancellation)).Applied);
    }

    [Fact]
    public async Task Calendars_are_answered_though_the_team_has_gone()
    {
        var change = _forecast.Get<ChangeCalendar>();
        var set = new SetCalendarRequest { TeamId = "team_search", MonthEndsOn = true, IdempotencyKey = "one" };
        var made = await change.SetAsync(set, "key_1", Cancellation);

        Forget();
        Assert.Equal(made, await change.SetAsync(set, "key_1", Cancellation));
        set.IdempotencyKey = "two";
        Assert.Equal(Reasons.TeamNotFound, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => change.SetAsync(set, "key_1", Cancellation))));
    }

    [Fact]
    public async Task Whoever_plans_in_a_lane_that_nobody_used_is_told_so()
    {
        var item = Item("one");
        item.Lane = "stndard";
        var view = await _forecast.Get<ChangePlan>().SetAsync(new SetItemRequest { Item = item, IdempotencyKey = "one" }, "key_1", Cancellation);

        Assert.StartsWith("No call of team team_search has been in lane stndard; there were calls in standard.", view.SegmentNote, StringComparison.Ordinal);
        var listed = await _forecast.Get<ListPlan>().RunAsync(new ListItemsRequest(), Cancellation);
        Assert.Equal(view.SegmentNote, Assert.Single(listed.Items).SegmentNote);
    }

    [Fact]
    public async Task An_item_names_the_currency_of_what_it_costs()
    {
        (_forecast.Organisation.Currency, _forecast.Organisation.Prices[0].Currency) = ("JPY", "JPY");
        var made = await _forecast.Get<ChangePlan>().SetAsync(new SetItemRequest { Item = Item("one"), IdempotencyKey = "one" }, "key_1", Cancellation);
        var imported = await _forecast.Get<ChangePlan>().ImportAsync(new ImportItemsRequest { Items = { Item("two") } }, "key_1", Cancellation);
        var listed = await _forecast.Get<ListPlan>().RunAsync(new ListItemsRequest(), Cancellation);

        Assert.True(made.HasCostPerDayNanos);
        Assert.All([made, .. imported.Items, .. listed.Items], view => Assert.Equal("JPY", view.Currency));
        Assert.Equal("", (await _forecast.Get<ChangePlan>().RemoveAsync(new RemoveItemRequest { PlanId = "one", IdempotencyKey = "one" }, "key_1", Cancellation)).Currency);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("\0")]
    [InlineData("")]
    public async Task An_item_that_is_not_there_cannot_be_removed_whatever_it_is_called(string id)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<ChangePlan>().RemoveAsync(new RemoveItemRequest { PlanId = id, IdempotencyKey = "one" }, "key_1", Cancellation));
        Assert.Equal(Reasons.PlanItemNotFound, RpcErrors.ReasonOf(refused));
    }

    [Theory]
    [InlineData("serach", Reasons.TeamNotFound)]
    [InlineData("\0", Reasons.TeamNotFound)]
    [InlineData("team_search", null)]
    [InlineData("", null)]
    public async Task Changes_are_listed_of_teams_that_there_are(string team, string? reason)
    {
        var list = () => _forecast.Get<ListControls>().RunAsync(new ListControlsRequest { TeamId = team }, Cancellation);
        if (reason is null)
        {
            Assert.Empty((await list()).Controls);
        }
        else
        {
            Assert.Equal(reason, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(list)));
        }
    }

    private static PlanItem Item(string id) => new()
    {
        PlanId = id, Name = id, TeamId = "team_search", Model = "gpt-4o", StartsOn = "2026-07-01", CallsPerDay = 10, InputTokens = 1_000,
    };

    private void Forget()
    {
        _forecast.Organisation.Prices.Clear();
        _forecast.Organisation.Teams.Clear();
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
    }
}
