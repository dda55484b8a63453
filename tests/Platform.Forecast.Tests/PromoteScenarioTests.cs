using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Publishing;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Versions;
using Platform.ServiceDefaults.Identity;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class PromoteScenarioTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private static readonly Caller Finance = new("key_fin", "finance", Role.BillingAdmin, "", "");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Funds["team_support"] = 500_000_000_000;
        _forecast.Organisation.Prices.AddRange([
            new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000, OutputPerMillion = 600_000_000 },
            new PriceRow { Provider = "openai", Model = "gpt-4o", Tier = "standard", Currency = "USD", InputPerMillion = 2_500_000_000, OutputPerMillion = 10_000_000_000 },
        ]);
        foreach (var (team, seed) in new[] { ("team_search", 1), ("team_support", 2) })
        {
            var days = Synthetic.Team(seed, 50).Select((dollars, day) => Call(Now.AddDays(day - 50), (long)(dollars * 1e8), team) with { InputTokens = 1000, OutputTokens = 100 });
            await _forecast.Usage.AddAsync(Batch([.. days]), Now, Cancellation);
        }
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task What_if_answers_what_the_layered_forecast_says_and_a_promoted_plan_comes_true_in_it()
    {
        const string added = "plan id=launch team=team_support model=gpt-4o-mini starts=2026-07-01 calls_per_day=5000 input_tokens=900 output_tokens=90 probability=60%";
        var request = new WhatIfRequest { Scenarios = { new Scenario { Name = "launch", Changes = { added, "wallet team=team_support amount=+250" } } } };
        _forecast.Organisation.Caps.AddRange([Cap("cap_all", CapScope.Organisation, ""), Cap("cap_support", CapScope.Team, "team_support"), Cap("cap_search", CapScope.Team, "team_search"), Cap("cap_ada", CapScope.User, "ada")]);
        var answer = await _forecast.Get<WhatIf>().RunAsync(request, request.Scenarios, Cancellation);
        var team = await _forecast.Get<WhatIf>().RunAsync(new WhatIfRequest { TeamId = "team_support" }, request.Scenarios, Cancellation);
        var before = await LayersAsync();
        Assert.Equal(before.Periods, answer.Periods);
        Assert.Single(answer.Notes, note => note.StartsWith("Of 2027 the forecast has the months to ", StringComparison.Ordinal));
        Assert.Equal(["", "team_support"], answer.Scenarios[0].Funds.Select(funds => funds.Scenario.Outlook.TeamId));
        Assert.Equal(750_000_000_000, answer.Scenarios[0].Funds[1].Scenario.Outlook.AvailableNanos);

        // Of those whose spend differs, each as the layered answer has it.
        Assert.Equal(["cap_all", "cap_support"], answer.Scenarios[0].Caps.Select(cap => cap.Scenario.CapId));
        Assert.Equal(before.Caps.Where(cap => cap.CapId is "cap_all" or "cap_support"), answer.Scenarios[0].Caps.Select(cap => cap.Forecast));
        Assert.All(answer.Scenarios[0].Caps, cap => Assert.True(cap.Scenario.NeededNextNanos > cap.Forecast.NeededNextNanos));
        Assert.Equal(["cap_support"], team.Scenarios[0].Caps.Select(cap => cap.Scenario.CapId));

        await SaveAsync("launch", added, "wallet team=team_support amount=+250");
        var promoted = await PromoteAsync("launch", "k1");
        Assert.Equal((1, 1), (promoted.Version, promoted.Scenario.PromotedVersion));
        Assert.Equal([(true, ""), (false, "kt wallets allocate --team team_support --amount 250.00 --currency USD")], promoted.Deeds.Select(deed => (deed.Done, string.Join("|", deed.Commands))));

        var after = await LayersAsync();
        Assert.Equal(answer.Scenarios[0].Periods.Select(period => period.Layers), after.Periods.Select(period => period.Layers));
        var version = await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = 1 }, Cancellation);
        Assert.Equal((PublicationReason.Scenario, "launch", "key_fin", "because"), (version.Version.Reason, version.Version.ScenarioId, version.Version.PublishedBy, version.Version.Description));
        Assert.Contains(version.Targets, target => target.Kind == "month" && target.Layers.SequenceEqual(after.Months[1].Layers));

        // The plan that it rests on is the one that is there: nothing is published again for it.
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        Assert.DoesNotContain((await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest(), Cancellation)).Versions, one => one.Reason == PublicationReason.PlanChange);
    }

    [Theory]
    [InlineData("drop=yes")]
    [InlineData("starts=2026-08-01")]
    [InlineData("team=team_support")]
    public async Task What_a_promoted_change_leaves_of_a_rise_goes_to_the_other_item_of_the_segment_as_it_does_in_the_forecast(string change)
    {
        // One launch that was planned twice: the first has all of the rise, the second is late.
        _forecast.Organisation.Teams.Add("team_launch");
        await _forecast.Usage.AddAsync(Batch([.. Enumerable.Range(-120, 120).Select(day => Call(Now.AddDays(day), (day < -15 ? 300 : 400) * 1_000_000_000L, "team_launch"))]), Now, Cancellation);
        foreach (var (id, starts) in new[] { ("a", "2026-05-26"), ("b", "2026-05-28") })
        {
            await _forecast.Get<ChangePlan>().SetAsync(
                new SetItemRequest
                {
                    Item = new PlanItem { PlanId = id, Name = id, TeamId = "team_launch", Model = "gpt-4o", StartsOn = starts, CallsPerDay = 40, InputTokens = 1_000_000, ProbabilityPpm = 1_000_000 }, IdempotencyKey = id,
                },
                "key_2", Cancellation);
        }

        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        Assert.InRange(await PlannedAsync(), 2_900_000_000_000, 3_300_000_000_000);

        await SaveAsync("twice", $"plan id=a {change}");
        var request = new WhatIfRequest { Saved = { "twice" } };
        var answer = await _forecast.Get<WhatIf>().RunAsync(request, [new Scenario { Name = "twice", Changes = { $"plan id=a {change}" } }], Cancellation);
        var promoted = await PromoteAsync("twice", "k1");
        var layers = await LayersAsync();
        Assert.Equal(layers.Periods.Select(period => period.Layers), answer.Scenarios[0].Periods.Select(period => period.Layers));
        var version = await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = promoted.Version }, Cancellation);
        Assert.Contains(version.Targets, target => target.Kind == "month" && target.Layers.SequenceEqual(layers.Months[1].Layers));

        // Only what the scenario names was changed by who promoted it.
        Assert.Equal(["a key_fin", "b key_2"], (await _forecast.Get<PlanStore>().ListAsync("", true, Cancellation)).Select(row => $"{row.PlanId} {row.ChangedBy}").Order());

        async Task<long> PlannedAsync() => (await LayersAsync()).Months[1].Layers.Single(layer => layer.Layer == Layer.Planned).ExpectedNanos;
    }

    [Fact]
    public async Task A_repeat_promotes_nothing_again_and_a_later_one_changes_what_is_planned_then()
    {
        await SaveAsync("launch", "plan id=launch team=team_support model=gpt-4o-mini starts=2026-07-01 calls_per_day=5000 input_tokens=900");
        await SaveAsync("more", "plan id=launch calls_per_day=+50%");
        await SaveAsync("never", "plan id=launch drop=yes", "plan id=other team=team_search model=gpt-4o-mini starts=2026-07-01 calls_per_day=1 input_tokens=9", "plan id=other drop=yes");
        var first = await PromoteAsync("launch", "k1");
        Assert.Equal(first, await PromoteAsync("launch", "k1"));
        await PromoteAsync("more", "k2");
        Assert.Equal((7500, true, "key_fin"), await LaunchAsync());
        await PromoteAsync("more", "k3");
        Assert.Equal((11250, true, "key_fin"), await LaunchAsync());
        Assert.Equal(4, (await PromoteAsync("never", "k4")).Version);
        Assert.False((await LaunchAsync()).Active);
        Assert.Single(await _forecast.Get<PlanStore>().ListAsync("", true, Cancellation));
    }

    [Fact]
    public async Task What_is_not_the_forecasts_own_is_told_as_commands_and_nothing_is_changed()
    {
        await SaveAsync(
            "others", "route model=gpt-4o to=openai/gpt-4o-mini share=30%", "price model=gpt-4o-mini change=+10% starts=2026-07-01", "limit team=team_search requests=60", "outage provider=openai hours=6",
            "wallet team=team_support amount=-100");
        var promoted = await PromoteAsync("others", "k1");

        Assert.Equal((0, 0), (promoted.Version, promoted.Scenario.PromotedVersion));
        Assert.All(promoted.Deeds, deed => Assert.False(deed.Done));
        Assert.Equal("# send 30 % of calls of model gpt-4o to openai/gpt-4o-mini", promoted.Deeds[0].Commands[1]);
        Assert.StartsWith("kt prices set openai gpt-4o-mini --input 0.165 --cached-input 0", promoted.Deeds[1].Commands[0], StringComparison.Ordinal);
        Assert.Equal("# add to limits: scope team, match team_search, requests_per_minute 60", promoted.Deeds[2].Commands[1]);
        Assert.Equal("kt wallets reclaim --team team_support --amount 100.00 --currency USD", promoted.Deeds[4].Commands[0]);
        Assert.Empty((await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest(), Cancellation)).Versions);
    }

    [Fact]
    public async Task Commands_for_money_follow_each_other_in_the_organisations_currency_and_take_from_wallets_that_have_it()
    {
        _forecast.Organisation.Currency = "EUR";
        _forecast.Organisation.Funds["team_search"] = 100_000_000_000;
        _forecast.Organisation.Wallets.AddRange(
        [
            new WalletView { WalletId = "wal_organisation", AvailableNanos = 350_000_000_000 }, new WalletView { WalletId = "wal_ada", TeamId = "team_search", UserId = "ada", AvailableNanos = 900_000_000_000 },
        ]);
        _forecast.Organisation.Budgets.Add(new BudgetView { BudgetId = "b", Name = "b", Scope = new BudgetScope { TeamId = "team_search" }, AmountNanos = 100_000_000_000 });
        await SaveAsync(
            "money", "budget budget=b amount=+10%", "wallet team=team_support amount=+400", "wallet team=team_support amount=300", "budget budget=b amount=+10%", "wallet team=team_search amount=-500",
            "wallet team=team_search user=ada amount=+1", "wallet team=team_search user=ada amount=+0");

        Assert.Equal(
            [
                ["kt budgets set b --amount 110.00 --currency EUR"],
                ["kt wallets credit --amount 50.00 --currency EUR", "kt wallets allocate --team team_support --amount 400.00 --currency EUR"],
                ["kt wallets reclaim --team team_support --amount 600.00 --currency EUR"],
                ["kt budgets set b --amount 121.00 --currency EUR"],
                ["kt wallets reclaim --team team_search --user ada --amount 400.00 --currency EUR", "kt wallets reclaim --team team_search --amount 500.00 --currency EUR"],
                ["Nothing: the team's own wallet has 0.00 EUR available, and it would take 1.00."],
                ["Nothing: so much is there."],
            ],
            (await PromoteAsync("money", "k1")).Deeds.Select(deed => deed.Commands.ToArray()));
    }

    /// <summary>A scenario is kept for weeks, in which what it names may go. A command for it would fail, or set another amount than the scenario had.</summary>
    [Fact]
    public async Task What_a_scenario_names_and_there_is_not_any_more_is_said_in_place_of_a_command()
    {
        _forecast.Organisation.Funds["team_search"] = 100_000_000_000;
        _forecast.Organisation.Budgets.Add(new BudgetView { BudgetId = "b", Name = "b", Scope = new BudgetScope { TeamId = "team_search" }, AmountNanos = 100_000_000_000 });
        await SaveAsync(
            "gone", "budget budget=old amount=+10%", "budget budget=b amount=-100.01", "budget budget=b amount=-10", "limit team=team_old requests=60", "route team=team_old to=openai/old",
            "wallet team=team_old amount=+5", "wallet team=team_search amount=-100.01", "wallet team=team_search amount=-100");

        Assert.Equal(
            [
                ["Nothing: there is no active budget 'old'; kt budgets list shows them."],
                ["Nothing: budget b is 100.00 USD, of which no more can be taken; amount=0 asks for none."],
                ["kt budgets set b --amount 90.00 --currency USD"],
                ["Nothing: there is no team 'team_old'; kt teams list shows them."],
                ["Nothing: there is no team 'team_old'; kt teams list shows them.", "Nothing: There is no price of openai old in force: kt prices set makes one."],
                ["Nothing: there is no team 'team_old'; kt teams list shows them."],
                ["Nothing: the wallets of team team_search have 100.00 USD available, of which no more can be taken; amount=0 asks for none."],
                ["kt wallets reclaim --team team_search --amount 100.00 --currency USD"],
            ],
            (await PromoteAsync("gone", "k1")).Deeds.Select(deed => deed.Commands.ToArray()));
    }

    [Fact]
    public async Task Commands_for_a_price_set_every_rate_of_the_scenario_and_end_it_where_it_ends()
    {
        _forecast.Organisation.Prices.Add(new PriceRow
        {
            Provider = "mistral", Model = "large", Tier = "standard", Currency = "EUR", InputPerMillion = 2_000_000_000, CachedInputPerMillion = 500_000_000, CacheWritePerMillion = 2_500_000_000,
            CacheWrite1HPerMillion = 4_000_000_000, OutputPerMillion = 10_000_000_000, ReasoningPerMillion = 11_000_000_000, PerRequest = 20_000_000, DiscountPpm = 125_000,
            ContextTiers = { new PriceContextTier { AboveInputTokens = 200_000 } },
        });
        await SaveAsync(
            "prices", "price model=large change=+10% starts=2026-07-01 ends=2026-08-01", "price model=large output=5 per_request=0.5", "price model=large team=team_search lane=batch change=-50%", "price model=nothing change=+1%");
        var deeds = (await PromoteAsync("prices", "k1")).Deeds.Select(deed => deed.Commands.ToArray()).ToArray();

        const string rates = "--input 2.00 --cached-input 0.50 --cache-write 2.50 --cache-write-1h 4.00 --output-rate 10.00 --reasoning 11.00 --per-request 0.02 --discount 12.5 --currency EUR";
        const string longContext = "# Rates above 200000 tokens of input stay as they are: kt prices import changes them.";
        Assert.Equal(
            [
                "kt prices set mistral large --input 2.20 --cached-input 0.55 --cache-write 2.75 --cache-write-1h 4.40 --output-rate 11.00 --reasoning 12.10 --per-request 0.022 --discount 12.5 --currency EUR --from 2026-07-01 --source \"scenario prices\"",
                $"kt prices set mistral large {rates} --from 2026-08-01 --source \"as before scenario prices\"", longContext,
            ],
            deeds[0]);
        Assert.Equal(
            [
                "kt prices set mistral large --input 2.00 --cached-input 0.50 --cache-write 2.50 --cache-write-1h 4.00 --output-rate 5.00 --reasoning 5.00 --per-request 0.50 --discount 12.5 --currency EUR --source \"scenario prices\"",
                "kt prices set mistral large --input 2.20 --cached-input 0.55 --cache-write 2.75 --cache-write-1h 4.40 --output-rate 5.00 --reasoning 5.00 --per-request 0.50 --discount 12.5 --currency EUR --from 2026-07-01 --source \"scenario prices\"",
                "kt prices set mistral large --input 2.00 --cached-input 0.50 --cache-write 2.50 --cache-write-1h 4.00 --output-rate 5.00 --reasoning 5.00 --per-request 0.50 --discount 12.5 --currency EUR --from 2026-08-01 --source \"scenario prices\"",
                longContext,
            ],
            deeds[1]);
        Assert.Equal("# The book has one price for everybody: this changes it for all calls of the model, and the scenario had calls of team team_search, lane batch alone.", deeds[2][^1]);
        Assert.Equal(["The price book has no price that is named."], deeds[3]);
    }

    // 2.50 a million of input, and 1.25 from the middle of July on.
    [Theory]
    [InlineData("change=-20% starts=2026-09-01", "1.00 2026-09-01")]
    [InlineData("change=+10% ends=2026-08-01", "2.75 now", "1.375 2026-07-15", "1.25 2026-08-01 again")]
    [InlineData("change=+10%", "2.75 now", "1.375 2026-07-15")]
    [InlineData("input=3 starts=2026-07-01", "3.00 2026-07-01", "3.00 2026-07-15")]
    [InlineData("change=+10% starts=2026-07-15", "1.375 2026-07-15")]
    [InlineData("change=+10% starts=2026-07-01 ends=2026-07-15", "2.75 2026-07-01")]
    [InlineData("change=+10% starts=2026-06-10 ends=2026-07-01", "2.75 now", "2.50 2026-07-01 again")]
    [InlineData("change=+10% starts=2026-06-01 ends=2026-07-01", "2.75 now", "2.50 2026-07-01 again")]
    [InlineData("change=+10% starts=2026-06-01 ends=2026-06-10", "# It ended on 2026-06-10: nothing of it is to be set.")]
    public async Task Commands_for_a_price_follow_the_versions_that_the_book_has_for_later(string change, params string[] expected)
    {
        _forecast.Organisation.Prices.AddRange([
            new PriceRow { Provider = "mistral", Model = "large", Tier = "standard", Currency = "USD", InputPerMillion = 2_500_000_000, DiscountPpm = 100_000, EffectiveTo = Utc("2026-07-15T00:00:00").ToTimestampUtc() },
            new PriceRow { Provider = "mistral", Model = "large", Tier = "standard", Currency = "USD", InputPerMillion = 1_250_000_000, EffectiveFrom = Utc("2026-07-15T00:00:00").ToTimestampUtc() },
            new PriceRow { Provider = "mistral", Model = "large", Tier = "standard", Currency = "EUR", InputPerMillion = 9_000_000_000, EffectiveFrom = Utc("2026-07-20T00:00:00").ToTimestampUtc() },
        ]);
        await SaveAsync("prices", $"price model=large {change}");

        var commands = (await PromoteAsync("prices", "k1")).Deeds.Single().Commands;
        Assert.Equal(expected, commands.Select(command => command.Split(' ') is ["kt", "prices", "set", ..] and var words
            ? $"{words[6]} {(Array.IndexOf(words, "--from") is > 0 and var from ? words[from + 1] : "now")}{(command.Contains("as before scenario", StringComparison.Ordinal) ? " again" : "")}"
            : command));

        // A discount that is left out is the one before.
        Assert.All(commands.Where(command => command.Contains("set", StringComparison.Ordinal) && command[0] != '#'), command => Assert.Contains("--discount", command, StringComparison.Ordinal));
    }

    // 2.00 a million of input, and a snapshot that has no price of its own.
    [Theory]
    [InlineData("model=large change=+10%; model=large change=+10%", "large 2.20 now", "large 2.42 now")]
    [InlineData("model=large change=+50% starts=2026-07-01 ends=2026-09-01; model=large input=5 starts=2026-08-01 ends=2026-10-01",
        "large 3.00 2026-07-01", "large 2.00 2026-09-01 again", "large 5.00 2026-08-01", "large 5.00 2026-09-01", "large 2.00 2026-10-01 again")]
    [InlineData("model=large change=+50% starts=2026-08-01; model=large change=+10% ends=2026-09-01", "large 3.00 2026-08-01", "large 2.20 now", "large 3.30 2026-08-01", "large 3.00 2026-09-01")]
    [InlineData("model=large-2411 change=+50% starts=2026-08-01; model=large change=+10%", "large-2411 3.00 2026-08-01", "large 2.20 now", "large-2411 2.20 now", "large-2411 3.30 2026-08-01")]
    [InlineData("model=large change=+10%; model=large-2411 change=+10%", "large 2.20 now", "large-2411 2.42 now")]
    [InlineData("model=large-2411 change=+10%; provider=mistral change=+10%", "large-2411 2.20 now", "large 2.20 now", "large-2411 2.42 now")]
    public async Task Commands_for_a_price_that_a_scenario_changes_twice_set_what_both_come_to(string changes, params string[] expected)
    {
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "mistral", Model = "large", Tier = "standard", Currency = "USD", InputPerMillion = 2_000_000_000 });
        _forecast.Organisation.Aliases.Add(new PriceAlias { Provider = "mistral", Alias = "large-2411", Model = "large" });
        await SaveAsync("prices", [.. changes.Split("; ").Select(change => $"price {change}")]);

        Assert.Equal(expected, (await PromoteAsync("prices", "k1")).Deeds.SelectMany(deed => deed.Commands).Select(command => command.Split(' ') is ["kt", "prices", "set", ..] and var words
            ? $"{words[4]} {words[6]} {(Array.IndexOf(words, "--from") is > 0 and var from ? words[from + 1] : "now")}{(command.Contains("as before scenario", StringComparison.Ordinal) ? " again" : "")}"
            : command));
    }

    [Fact]
    public async Task A_wallet_service_of_before_there_were_streams_is_said_to_be_of_an_earlier_version()
    {
        _forecast.Organisation.WhileWallets = () => throw new RpcException(new Status(StatusCode.Unimplemented, "test"));
        var exception = await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<OrganisationDirectory>().ListWalletsAsync("", Cancellation));
        Assert.Equal((StatusCode.Unavailable, Reasons.DependencyUnavailable), (exception.StatusCode, RpcErrors.ReasonOf(exception)));
        Assert.Contains("earlier version", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_others_plan_while_a_scenario_is_promoted_is_in_no_figure_of_its_version_and_is_published_after_it()
    {
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        await SaveAsync("launch", "plan id=launch team=team_support model=gpt-4o-mini starts=2026-07-01 calls_per_day=5000 input_tokens=900");
        var (asked, other) = (0, new PlanItem
        {
            PlanId = "other", Name = "Other", TeamId = "team_search", Model = "gpt-4o-mini", StartsOn = "2026-07-01", CallsPerDay = 9_000, InputTokens = 900, ProbabilityPpm = 1_000_000,
        });
        _forecast.Organisation.WhileWallets = async () =>
        {
            if (asked++ == 0)
            {
                await _forecast.Get<ChangePlan>().SetAsync(new SetItemRequest { Item = other, IdempotencyKey = "other" }, "key_2", Cancellation);
            }
        };
        Assert.Equal(2, (await PromoteAsync("launch", "k1")).Version);
        Assert.Equal(1, asked);

        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        var newest = (await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest(), Cancellation)).Versions[0];
        Assert.Equal((3, PublicationReason.PlanChange), (newest.Version, newest.Reason));
    }

    [Fact]
    public async Task What_cannot_be_promoted_leaves_everything_as_it_was()
    {
        await SaveAsync("gone", "plan id=nothing drop=yes");
        await SaveAsync("unpriced", "plan id=launch team=team_support model=unknown starts=2026-07-01 calls_per_day=5 input_tokens=9");

        Assert.Equal(Reasons.InvalidArgument, await RefusedAsync("gone"));
        Assert.Equal(Reasons.InvalidArgument, await RefusedAsync("unpriced"));
        Assert.Equal(Reasons.ScenarioNotFound, await RefusedAsync("never_saved"));
        Assert.Empty(await _forecast.Get<PlanStore>().ListAsync("", true, Cancellation));
        Assert.Empty((await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest(), Cancellation)).Versions);
    }

    [Fact]
    public async Task All_problems_of_all_scenarios_are_said_at_once()
    {
        var request = new WhatIfRequest
        {
            Scenarios =
            {
                new Scenario { Name = "a", Changes = { "wallet team=team_x amount=+5", "route model=gpt-4o to=nothing" } }, new Scenario { Name = "b", Changes = { "budget budget=none amount=5" } },
            },
        };
        var refused = await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<WhatIf>().RunAsync(request, request.Scenarios, Cancellation));
        Assert.All(["there is no team 'team_x'", "team team_x has no wallet", "There is no price of nothing", "no active budget 'none'"], (string problem) =>
            Assert.Contains(problem, refused.Status.Detail, StringComparison.Ordinal));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<WhatIf>().RunAsync(new WhatIfRequest(), [], Cancellation))).StatusCode);
    }

    [Fact]
    public async Task A_scenario_of_one_team_may_change_budgets_of_others_which_its_answer_has_not()
    {
        foreach (var (id, team) in new[] { ("org", ""), ("support", "team_support"), ("search", "team_search") })
        {
            _forecast.Organisation.Budgets.Add(new BudgetView { BudgetId = id, Name = id, Scope = new BudgetScope { TeamId = team }, AmountNanos = 100_000_000_000, PeriodTo = Utc("2026-07-01T00:00:00").ToTimestampUtc() });
        }

        var request = new WhatIfRequest { TeamId = "team_support", Scenarios = { new Scenario { Name = "cut", Changes = { "budget budget=org amount=+10%", "budget budget=support amount=-10%" } } } };
        var answer = await _forecast.Get<WhatIf>().RunAsync(request, request.Scenarios, Cancellation);
        Assert.Equal([("support", 90_000_000_000)], answer.Scenarios[0].Budgets.Select(budget => (budget.Scenario.BudgetId, budget.Scenario.AmountNanos)));

        var overdrawn = new WhatIfRequest { TeamId = "team_support", Scenarios = { new Scenario { Name = "cut", Changes = { "budget budget=org amount=-101" } } } };
        Assert.Contains("budget org is 100.00 USD", (await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<WhatIf>().RunAsync(overdrawn, overdrawn.Scenarios, Cancellation))).Status.Detail, StringComparison.Ordinal);
    }

    private Task<LayeredForecast> LayersAsync() => _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), Cancellation);

    private async Task<(long Calls, bool Active, string By)> LaunchAsync() =>
        (await _forecast.Get<PlanStore>().ListAsync("", true, Cancellation)).Where(row => row.PlanId == "launch").Select(row => (row.CallsPerDay, row.Active, row.ChangedBy)).Single();

    private Task<SavedScenario> SaveAsync(string name, params string[] changes) => _forecast.Get<KeepScenarios>().SaveAsync(
        new SaveScenarioRequest { Scenario = new Scenario { Name = name, Changes = { changes } }, IdempotencyKey = name }, Finance, Cancellation);

    private Task<PromotedScenario> PromoteAsync(string name, string key) => _forecast.Get<PromoteScenario>().RunAsync(
        new PromoteScenarioRequest { Name = name, Description = "because", IdempotencyKey = key }, Finance.KeyId, Cancellation);

    private static Cap Cap(string id, CapScope scope, string of) => new()
    {
        CapId = id, Scope = scope, ScopeId = of, Period = CapPeriod.Month, TimeZone = "UTC", AmountNanos = 900_000_000_000, PeriodTo = Utc("2026-07-01T00:00:00").ToTimestampUtc(),
    };

    private async Task<string?> RefusedAsync(string name) => RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => PromoteAsync(name, $"refused_{name}")));
}
