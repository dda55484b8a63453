using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Testing;
using static Platform.Testing.RolesByName;

namespace Platform.Metering.Tests;

/// <summary>The service over a real connection: who may call what, and that every method answers.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(new RolesByName(), Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Theory(Timeout = 300_000)]
    [InlineData(Role.Gateway, Funding.Leased, StatusCode.OK)]
    [InlineData(Role.Gateway, Funding.History, StatusCode.OK)]
    [InlineData(Role.Editor, Funding.External, StatusCode.OK)]
    [InlineData(Role.Owner, Funding.History, StatusCode.OK)]
    [InlineData(Role.BillingAdmin, Funding.Leased, StatusCode.OK)]
    [InlineData(Role.Editor, Funding.Leased, StatusCode.PermissionDenied)]
    [InlineData(Role.Viewer, Funding.History, StatusCode.PermissionDenied)]
    [InlineData(Role.Inference, Funding.External, StatusCode.PermissionDenied)]
    public async Task Record_asks_for_the_role_of_the_funding(Role role, Funding funding, StatusCode expected)
    {
        var usage = Events.New("one", with: usage => usage.Funding = funding);
        Assert.Equal(expected, await StatusAsync(() => Usage.RecordAsync(new RecordRequest { Events = { usage } }, As(role)).ResponseAsync));
        Assert.Equal(expected == StatusCode.OK ? 1 : 0, (await _wire.Metering.StreamAsync()).Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Identity_of_a_gateways_attempt_cannot_be_taken_before_the_gateway_tells_of_it()
    {
        var attempt = Guid.CreateVersion7().ToString();
        var own = Events.New(attempt, with: usage => (usage.Source, usage.AttemptId) = ("gateway/routing-0", attempt));
        var forged = Events.New(attempt, with: usage => (usage.Source, usage.Funding, usage.Tokens) = ("gateway/routing-0", Funding.History, new Tokens()));
        foreach (var role in new[] { Role.Editor, Role.Owner })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Usage.RecordAsync(new RecordRequest { Events = { Events.New("fine"), forged } }, As(role)).ResponseAsync);
            Assert.Equal((StatusCode.PermissionDenied, Reasons.RoleMissing), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        }

        var told = (await Usage.RecordAsync(new RecordRequest { Events = { own } }, As(Role.Gateway))).Results[0];
        Assert.Equal(RecordOutcome.Accepted, told.Outcome);

        // A person corrects it all the same, under a source of one's own.
        var less = new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = told.RecordId, Tokens = new Tokens { Output = -100 } };
        Assert.Equal(RecordOutcome.Accepted, (await Usage.RecordAsync(new RecordRequest { Events = { less } }, As(Role.BillingAdmin))).Results[0].Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task Database_that_takes_no_writes_has_usage_told_again()
    {
        var name = await _wire.Metering.ScalarAsync<string>("SELECT current_database()");
        await SetReadOnlyAsync("on");
        var refused = await Assert.ThrowsAsync<RpcException>(() => Usage.RecordAsync(new RecordRequest { Events = { Events.New("one") } }, As(Role.Gateway)).ResponseAsync);
        Assert.Equal((StatusCode.Unavailable, Reasons.DependencyUnavailable), (refused.StatusCode, RpcErrors.ReasonOf(refused)));

        await SetReadOnlyAsync("off");
        Assert.Equal(RecordOutcome.Accepted, (await Usage.RecordAsync(new RecordRequest { Events = { Events.New("one") } }, As(Role.Gateway))).Results[0].Outcome);

        async Task SetReadOnlyAsync(string value)
        {
            await using (var command = _wire.Metering.Database.CreateCommand($"SET transaction_read_only = off; ALTER DATABASE \"{name}\" SET default_transaction_read_only = {value}"))
            {
                await command.ExecuteNonQueryAsync(Cancel);
            }

            // Connections of before keep what they began with.
            _wire.Metering.Database.Clear();
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Sum_that_leaves_64_bits_is_an_error_that_says_what_to_do()
    {
        await _wire.Metering.RecordAsync(Events.New("one"), Events.New("two", with: usage => usage.ModelServed = "gpt-4o"));
        await _wire.Metering.ScalarAsync<long>("WITH row AS (UPDATE usage_summary SET cost_nanos = 9223372036854775807 RETURNING 1) SELECT count(*) FROM row");

        var error = await Assert.ThrowsAsync<RpcException>(() => Usage.QuerySpendAsync(new QuerySpendRequest(), As(Role.Viewer)).ResponseAsync);
        Assert.Equal((StatusCode.OutOfRange, Reasons.FigureOutOfRange), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Contains("kt prices", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Id_that_no_database_can_have_is_refused_as_the_callers_and_is_no_fault_of_the_service()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => Budgets.GetBudgetAsync(new GetBudgetRequest { BudgetId = "a\0b" }, As(Role.Viewer)).ResponseAsync);
        Assert.Equal((StatusCode.InvalidArgument, Reasons.InvalidArgument), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Contains("U+0000", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Question_about_a_team_that_does_not_exist_is_refused_and_not_answered_with_nothing()
    {
        await _wire.Metering.RecordAsync(Events.New("one"));
        SpendFilter[] known = [new() { Dimension = SpendDimension.Team, Values = { "team_support", "" } }];
        SpendFilter[] unknown = [new() { Dimension = SpendDimension.Team, Values = { "team_support", "nosuch" } }];
        Assert.Equal(450_000, (await Usage.QuerySpendAsync(new QuerySpendRequest { Filters = { known } }, As(Role.Viewer))).Total.CostNanos);
        foreach (var ask in new Func<Task>[]
                 {
                     () => Usage.QuerySpendAsync(new QuerySpendRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseAsync,
                     () => Usage.GetRunRateAsync(new GetRunRateRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseAsync,
                     () => Usage.ListUsageAsync(new ListUsageRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseAsync,
                     () => Usage.TailUsage(new TailUsageRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseStream.MoveNext(Cancel),
                     () => new Contracts.Metering.V1.Demand.DemandClient(_wire.Channel).QueryDeniedAsync(new QueryDeniedRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseAsync,
                     () => new Contracts.Metering.V1.Waste.WasteClient(_wire.Channel).GetWasteAsync(new GetWasteRequest { Filters = { unknown } }, As(Role.Viewer)).ResponseAsync,
                 })
        {
            var error = await Assert.ThrowsAsync<RpcException>(ask);
            Assert.Equal((StatusCode.NotFound, Reasons.TeamNotFound), (error.StatusCode, RpcErrors.ReasonOf(error)));
            Assert.Contains("no team 'nosuch'", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Missing_role_is_named_as_people_give_it()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => Prices.SetPriceAsync(new SetPriceRequest(), As(Role.Editor)).ResponseAsync);
        Assert.EndsWith("has role editor; this needs role billing_admin or higher.", error.Status.Detail, StringComparison.Ordinal);
        var usage = await Assert.ThrowsAsync<RpcException>(() => Usage.RecordAsync(new RecordRequest { Events = { Events.New("adjustment") } }, As(Role.Viewer)).ResponseAsync);
        Assert.Contains("has role viewer; this needs role editor or higher, and role billing_admin or higher to correct a record, record money without tokens", usage.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Prices_of_more_versions_than_an_answer_holds_are_read_by_pages_each_once_and_in_order()
    {
        await _wire.Metering.ScalarAsync<object>("""
            INSERT INTO price (provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, reasoning_per_million, per_request,
                effective_from, effective_to, source, recorded_at, cache_write_hour_per_million)
            SELECT 'long', 'model-' || n / 10, 'USD', n + 1, 1, 1, 1, 1, 0, timestamptz '2020-01-01Z' + n * interval '1 hour', timestamptz '2020-01-01Z' + (n + 1) * interval '1 hour', repeat('s', 500), now(), 1
            FROM generate_series(0, 29999) n;
            UPDATE price_book SET revision = revision + 1;
            SELECT 1
            """);
        var request = new ListPricesRequest { AllVersions = true };
        var refused = await Assert.ThrowsAsync<RpcException>(() => Prices.ListPricesAsync(request, As(Role.Viewer)).ResponseAsync);
        Assert.Equal((StatusCode.InvalidArgument, Reasons.TooManyRows), (refused.StatusCode, RpcErrors.ReasonOf(refused)));

        request.PageSize = PageRequest.LargestSize;
        var all = await PageRequest.ReadAllAsync<PriceRow>(async token =>
        {
            request.PageToken = token;
            var page = await Prices.ListPricesAsync(request, As(Role.Viewer));
            Assert.InRange(page.Prices.Count, 1, request.PageSize);
            return (page.Prices, page.NextPageToken);
        });
        Assert.Equal(await _wire.Metering.ScalarAsync<long>("SELECT count(*) FROM price WHERE currency = 'USD'"), all.Select(row => row.PriceId).Distinct().Count());
        Assert.Equal(all.Count, all.Select(row => row.PriceId).Distinct().Count());
        Assert.Equal(
            all.Select(row => row.PriceId),
            all.OrderBy(row => row.Provider, StringComparer.Ordinal).ThenBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => row.Tier, StringComparer.Ordinal)
                .ThenBy(row => row.Region, StringComparer.Ordinal).ThenBy(row => row.EffectiveFrom.ToDateTimeOffset()).ThenBy(row => row.PriceId).Select(row => row.PriceId));

        // What is in force is fewer; a page of it goes on behind a version that is in force no more, and a token that no page gave begins nothing.
        var inForce = (await Prices.ListPricesAsync(new ListPricesRequest(), As(Role.Viewer))).Prices;
        var ended = all.Last(row => row.Provider == "long").PriceId;
        Assert.Equal(
            inForce.Where(row => string.CompareOrdinal(row.Provider, "long") > 0).Take(7),
            (await Prices.ListPricesAsync(new ListPricesRequest { PageSize = 7, PageToken = Behind("prices", ended) }, As(Role.Viewer))).Prices);
        foreach (var token in (string[])[Behind("prices", 999_999_999), Behind("alerts", ended), $"{ended}"])
        {
            refused = await Assert.ThrowsAsync<RpcException>(() => Prices.ListPricesAsync(new ListPricesRequest { PageToken = token }, As(Role.Viewer)).ResponseAsync);
            Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(refused));
        }
    }

    private static string Behind(string list, long number) => PageRequest.Of(1, "").Cut([number, 0L], list, row => row).NextToken;

    [Fact(Timeout = 300_000)]
    public async Task Viewer_reads_everything_and_changes_nothing()
    {
        await _wire.Metering.RecordAsync(Events.New("one"));
        Assert.Equal(450_000, (await Usage.QuerySpendAsync(new QuerySpendRequest(), As(Role.Viewer))).Total.CostNanos);
        Assert.Equal("USD", (await Usage.GetRunRateAsync(new GetRunRateRequest(), As(Role.Viewer))).Currency);
        Assert.Single((await Usage.ListUsageAsync(new ListUsageRequest(), As(Role.Viewer))).Records);
        Assert.Contains((await Prices.ListPricesAsync(new ListPricesRequest { Provider = "openai" }, As(Role.Viewer))).Prices, price => price.Model == "gpt-4o-mini");
        var record = (await Usage.ListUsageAsync(new ListUsageRequest(), As(Role.Viewer))).Records[0];
        Assert.Equal(record, (await Usage.GetUsageAsync(new GetUsageRequest { Id = record.RecordId }, As(Role.Viewer))).Record);
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Usage.GetUsageAsync(new GetUsageRequest(), As(Role.Inference)).ResponseAsync));
        using var tail = Usage.TailUsage(new TailUsageRequest { Last = 1 }, As(Role.Viewer));
        Assert.True(await tail.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.True(await tail.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(record, tail.ResponseStream.Current.Record);
        Assert.Empty((await Prices.ListUnpricedAsync(new ListUnpricedRequest(), As(Role.Viewer))).Usage);
        var import = new ImportPricesRequest { Prices = { ListedPrice() } };
        Assert.Equal(PriceChangeKind.Added, Assert.Single((await Prices.ImportPricesAsync(import, As(Role.Viewer))).Changes).Kind);
        import.Apply = true;
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Prices.ImportPricesAsync(import, As(Role.Editor)).ResponseAsync));
        var republish = new RepublishRequest { RecordedFrom = record.RecordedAt };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Usage.RepublishAsync(republish, As(Role.Admin)).ResponseAsync));
        Assert.Equal(1, (await Usage.RepublishAsync(republish, As(Role.Owner))).Records);
        using var stream = Usage.StreamUsage(new StreamUsageRequest(), As(Role.Viewer));
        Assert.True(await stream.ResponseStream.MoveNext(Cancel));
        Assert.Equal(450_000, stream.ResponseStream.Current.Cost.TotalNanos);
        Assert.False(await stream.ResponseStream.MoveNext(Cancel));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Prices.SetPriceAsync(new SetPriceRequest(), As(Role.Editor)).ResponseAsync));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Prices.SetPriceAsync(new SetPriceRequest(), As(Role.BillingAdmin)).ResponseAsync));
    }

    [Fact(Timeout = 300_000)]
    public async Task Only_services_watch_prices()
    {
        using var refused = Prices.WatchPrices(new WatchPricesRequest(), As(Role.Owner));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => refused.ResponseStream.MoveNext(Cancel)));
        using var watch = Prices.WatchPrices(new WatchPricesRequest(), As(Role.Gateway));
        Assert.True(await watch.ResponseStream.MoveNext(Cancel));
        Assert.Contains(watch.ResponseStream.Current.Prices, price => price.Model == "gpt-4o-mini");
        Assert.Contains(watch.ResponseStream.Current.Aliases, alias => alias.Alias == "gpt-4o-mini-2024-07-18");
    }

    [Fact(Timeout = 300_000)]
    public async Task Budgets_are_read_by_viewers_acknowledged_by_editors_and_changed_by_billing_admins()
    {
        var set = new SetBudgetRequest { BudgetId = "all", Period = BudgetPeriod.Month, AmountNanos = 1, Currency = "USD", IdempotencyKey = "set" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Budgets.SetBudgetAsync(set, As(Role.Editor)).ResponseAsync));
        Assert.Equal("key_test", (await Budgets.SetBudgetAsync(set, As(Role.BillingAdmin))).ChangedBy);
        Assert.Single((await Budgets.ListBudgetsAsync(new ListBudgetsRequest(), As(Role.Viewer))).Budgets);
        Assert.Equal("all", (await Budgets.GetBudgetAsync(new GetBudgetRequest { BudgetId = "all" }, As(Role.Viewer))).Name);
        Assert.Single((await Budgets.GetBudgetHistoryAsync(new GetBudgetHistoryRequest { BudgetId = "all" }, As(Role.Viewer))).Changes);

        var acknowledge = new AcknowledgeBudgetRequest { BudgetId = "all", IdempotencyKey = "ack" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Budgets.AcknowledgeBudgetAsync(acknowledge, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.OK, await StatusAsync(() => Budgets.AcknowledgeBudgetAsync(acknowledge, As(Role.Editor)).ResponseAsync));
        var snooze = new SnoozeBudgetRequest { BudgetId = "all", IdempotencyKey = "snooze" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Budgets.SnoozeBudgetAsync(snooze, As(Role.Editor)).ResponseAsync));
        Assert.Equal(StatusCode.OK, await StatusAsync(() => Budgets.SnoozeBudgetAsync(snooze, As(Role.BillingAdmin)).ResponseAsync));
        var remove = new RemoveBudgetRequest { BudgetId = "all", IdempotencyKey = "remove" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Budgets.RemoveBudgetAsync(remove, As(Role.Editor)).ResponseAsync));
        Assert.Equal(BudgetStatus.Removed, (await Budgets.RemoveBudgetAsync(remove, As(Role.Owner))).Status);
    }

    [Fact(Timeout = 300_000)]
    public async Task Only_billing_admins_set_workload_rules()
    {
        var workloads = new Contracts.Metering.V1.Workloads.WorkloadsClient(_wire.Channel);
        var rule = new WorkloadRule { Name = "mini", Workload = "batch", Filters = { Spend.Only(SpendDimension.Model, "gpt-4o-mini") } };
        var set = new SetRuleRequest { Rule = rule, IdempotencyKey = "set" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => workloads.SetRuleAsync(set, As(Role.Editor)).ResponseAsync));
        Assert.Equal("key_test", Assert.Single((await workloads.SetRuleAsync(set, As(Role.BillingAdmin))).Rules).SetBy);
        Assert.Equal(0, (await workloads.PreviewRuleAsync(new PreviewRuleRequest { Rule = rule }, As(Role.Viewer))).Calls);
        Assert.Equal(
            StatusCode.PermissionDenied,
            await StatusAsync(() => workloads.RemoveRuleAsync(new RemoveRuleRequest { Name = "mini", IdempotencyKey = "remove" }, As(Role.Editor)).ResponseAsync));
        Assert.Single((await workloads.ListRulesAsync(new ListRulesRequest(), As(Role.Viewer))).Rules);
    }

    [Fact(Timeout = 300_000)]
    public async Task Only_billing_admins_close_periods_and_viewers_see_what_was_refused()
    {
        var periods = new Contracts.Metering.V1.Periods.PeriodsClient(_wire.Channel);
        var close = new ClosePeriodRequest { Period = "2026-06", IdempotencyKey = "close" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => periods.ClosePeriodAsync(close, As(Role.Editor)).ResponseAsync));
        Assert.Equal("key_test", (await periods.ClosePeriodAsync(close, As(Role.BillingAdmin))).ClosedBy);
        Assert.Contains((await periods.ListPeriodsAsync(new ListPeriodsRequest(), As(Role.Viewer))).Periods, period => period.State == PeriodState.Closed);
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => periods.ListPeriodsAsync(new ListPeriodsRequest(), As(Role.Inference)).ResponseAsync));
        Assert.Equal(5, (await new Contracts.Metering.V1.Waste.WasteClient(_wire.Channel).GetWasteAsync(new GetWasteRequest(), As(Role.Viewer))).Signals.Count);
        Assert.Empty((await new Demand.DemandClient(_wire.Channel).QueryDeniedAsync(new QueryDeniedRequest(), As(Role.Viewer))).Rows);
    }

    [Fact(Timeout = 300_000)]
    public async Task Viewer_reads_alerts_editor_acknowledges_and_billing_admin_decides_where_they_go()
    {
        Assert.Empty((await Alerts.ListAlertsAsync(new ListAlertsRequest(), As(Role.Viewer))).Alerts);
        Assert.Empty((await Alerts.ListChannelsAsync(new ListChannelsRequest(), As(Role.Viewer))).Channels);
        Assert.Empty((await Alerts.ListDeadDeliveriesAsync(new ListDeadDeliveriesRequest(), As(Role.Viewer))).Deliveries);
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => Alerts.GetAlertAsync(new GetAlertRequest { AlertId = "x" }, As(Role.Viewer)).ResponseAsync));
        var acknowledgement = new AcknowledgeAlertRequest { AlertId = Guid.Empty.ToString(), IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Alerts.AcknowledgeAlertAsync(acknowledgement, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => Alerts.AcknowledgeAlertAsync(acknowledgement, As(Role.Editor)).ResponseAsync));

        var creation = new CreateChannelRequest { Name = "pager", Type = ChannelType.Webhook, Target = "https://example.com/", IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Alerts.CreateChannelAsync(creation, As(Role.Editor)).ResponseAsync));
        var channel = (await Alerts.CreateChannelAsync(creation, As(Role.BillingAdmin))).Channel.ChannelId;
        foreach (var (role, refused) in new[] { (Role.Editor, true), (Role.BillingAdmin, false) })
        {
            var statuses = new[]
            {
                await StatusAsync(() => Alerts.TestChannelAsync(new TestChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.UpdateChannelAsync(new UpdateChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.RotateChannelSecretAsync(new RotateChannelSecretRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.ReplayDeliveryAsync(new ReplayDeliveryRequest { DeliveryId = 1, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.RemoveChannelAsync(new RemoveChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
            };
            Assert.All(statuses, status => Assert.Equal(refused ? StatusCode.PermissionDenied : StatusCode.OK, status));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Editor_imports_viewer_reads_imports_and_billing_admin_maps_and_undoes()
    {
        var creation = new CreateImportRequest { Settings = new ImportSettings { Source = "csv" }, Format = "csv", IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.CreateImportAsync(creation, As(Role.Viewer)).ResponseAsync));
        var id = (await Imports.CreateImportAsync(creation, As(Role.Editor))).ImportId;
        Assert.Equal(id, (await Imports.CreateImportAsync(creation, As(Role.Editor))).ImportId);
        var rule = new SetImportRuleRequest { Rule = new ImportRule { Dimension = ImportDimension.Project, Value = "proj_a", TeamId = "team_support" }, IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.SetImportRuleAsync(rule, As(Role.Editor)).ResponseAsync));
        var ruleId = (await Imports.SetImportRuleAsync(rule, As(Role.BillingAdmin))).RuleId;

        var rows = new AddRowsRequest { ImportId = id, Rows = { Platform.Metering.Tests.Imports.ImportSteps.Row("one") }, IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.AddRowsAsync(rows, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(1, (await Imports.AddRowsAsync(rows, As(Role.Editor))).Counts.Accepted);
        var preview = new PreviewRowsRequest { Settings = creation.Settings, Rows = { rows.Rows } };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.PreviewRowsAsync(preview, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(1, (await Imports.PreviewRowsAsync(preview, As(Role.Editor))).Counts.Duplicates);
        var overlap = new PreviewOverlapRequest { Source = "csv", Reach = new ImportReach { FirstOccurredAt = rows.Rows[0].OccurredAt, LastOccurredAt = rows.Rows[0].OccurredAt, Providers = { "openai" } } };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.PreviewOverlapAsync(overlap, As(Role.Viewer)).ResponseAsync));
        Assert.Empty((await Imports.PreviewOverlapAsync(overlap, As(Role.Editor))).Warnings);
        overlap.Reach.Others.Add(new OtherImport { ImportId = "none" });
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Imports.PreviewOverlapAsync(overlap, As(Role.Editor)).ResponseAsync));
        Assert.Equal(ImportState.Finished, (await Imports.FinishImportAsync(new FinishImportRequest { ImportId = id, IdempotencyKey = "1" }, As(Role.Editor))).State);

        Assert.Equal(id, Assert.Single((await Imports.ListImportsAsync(new ListImportsRequest(), As(Role.Viewer))).Imports).ImportId);
        Assert.Equal(450_000, (await Imports.GetImportAsync(new GetImportRequest { ImportId = id }, As(Role.Viewer))).Counts.CostNanos);
        Assert.Single((await Imports.ListImportRulesAsync(new ListImportRulesRequest(), As(Role.Viewer))).Rules);
        var undo = new UndoImportRequest { ImportId = id, IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.UndoImportAsync(undo, As(Role.Editor)).ResponseAsync));
        Assert.Equal(ImportState.Undoing, (await Imports.UndoImportAsync(undo, As(Role.BillingAdmin))).State);
        var removal = new RemoveImportRuleRequest { RuleId = ruleId, IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Imports.RemoveImportRuleAsync(removal, As(Role.Editor)).ResponseAsync));
        Assert.NotNull((await Imports.RemoveImportRuleAsync(removal, As(Role.BillingAdmin))).EndedAt);
        Assert.Single((await Imports.ListImportRulesAsync(new ListImportRulesRequest { All = true }, As(Role.Viewer))).Rules);
    }

    private static PriceRow ListedPrice() => new()
    {
        Provider = "p", Model = "m", Currency = "USD", InputPerMillion = 1, OutputPerMillion = 1, ReasoningPerMillion = 1, Source = "test",
    };

    private Contracts.Metering.V1.Imports.ImportsClient Imports => new(_wire.Channel);
    private Contracts.Metering.V1.Budgets.BudgetsClient Budgets => new(_wire.Channel);

    private Usage.UsageClient Usage => new(_wire.Channel);

    private Contracts.Metering.V1.Prices.PricesClient Prices => new(_wire.Channel);

    private Contracts.Metering.V1.Alerts.AlertsClient Alerts => new(_wire.Channel);

    private static CallOptions As(Role role) => RolesByName.As(role, Cancel);
}
