using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;
using static Platform.Metering.Tests.Imports.ImportSteps;

namespace Platform.Metering.Tests.Imports;

public sealed class ImportTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Rows_are_history_of_the_team_that_a_rule_says_at_the_price_of_their_time()
    {
        await _metering.MapAsync(ImportDimension.Project, "proj_a", "team_search", rule => (rule.ApplicationId, rule.Workload) = ("app_bot", "batch"));
        await _metering.MapAsync(ImportDimension.User, "user-7", "", rule => rule.UserId = "ada");

        var import = await _metering.ImportAsync(Settings(), [Row("one", row => row.User = "user-7")]);

        Assert.Equal((ImportState.Finished, 1, 1, 1, 450_000), (import.State, import.Counts.Rows, import.Counts.Accepted, import.Counts.Calls, import.Counts.CostNanos));
        var record = Assert.Single(await _metering.StreamAsync());
        var usage = record.Event;
        Assert.Equal((Funding.History, "team_search", "ada", "app_bot", "batch"), (usage.Funding, usage.TeamId, usage.UserId, usage.ApplicationId, usage.Workload));
        Assert.Equal(("import:csv", "one", import.ImportId, 450_000), (usage.Source, usage.EventId, usage.ImportId, record.Cost.TotalNanos));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Rows_without_a_rule_are_refused_by_name_and_come_in_with_the_rule_later()
    {
        var rows = new[] { Row("mapped", row => row.Key = "key_1"), Row("unmapped") };
        await _metering.MapAsync(ImportDimension.Key, "key_1", "team_support");
        var import = await _metering.CreateAsync(Settings());
        var outcome = await _metering.AddAsync(import, rows);

        Assert.Equal((2, 1, 1), (outcome.Counts.Rows, outcome.Counts.Accepted, outcome.Counts.UnmappedRefused));
        var problem = Assert.Single(outcome.Problems);
        Assert.Equal((1, RowProblemKind.Unmapped), (problem.Row, problem.Kind));
        Assert.Equal(("openai", "proj_a", "", 1), (outcome.Unmapped.Single().Provider, outcome.Unmapped.Single().Project, outcome.Unmapped.Single().Key, outcome.Unmapped.Single().Rows));

        await _metering.MapAsync(ImportDimension.Project, "proj_a", "team_search");
        var again = await _metering.ImportAsync(Settings(), rows);
        Assert.Equal((1, 1), (again.Counts.Accepted, again.Counts.Duplicates));
        Assert.Equal(2, (await _metering.TotalAsync()).Calls);
    }

    [Fact(Timeout = 300_000)]
    public async Task Rows_without_a_rule_go_to_the_named_team_and_are_counted()
    {
        var import = await _metering.ImportAsync(Settings("team_platform"), [Row("one"), Row("two", row => row.TeamId = "team_search")]);

        Assert.Equal((2, 1), (import.Counts.Accepted, import.Counts.Unmapped));
        Assert.Equal(["team_platform", "team_search"], (await _metering.StreamAsync()).Select(record => record.Event.TeamId).Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_bad_row_is_refused_by_its_place_and_the_others_stand()
    {
        var outcome = await _metering.AddAsync(
            await _metering.CreateAsync(Settings("team_support")),
            Row("good"), Row(""), Row("no model", row => row.Model = ""), Row("negative", row => row.Tokens.Input = -1), Row("nobody", row => row.TeamId = "team_nobody"),
            Row("growing", row => row.Until = TimeProvider.System.GetUtcNow().AddHours(1).ToTimestampUtc()), Row("over", row => row.Until = Day.AddDays(1).ToTimestampUtc()));

        Assert.Equal((7, 2, 5), (outcome.Counts.Rows, outcome.Counts.Accepted, outcome.Counts.Refused));
        Assert.Equal([1, 2, 3, 4, 5], outcome.Problems.Select(problem => problem.Row));
        Assert.Contains("row_key must have 1 to 150 characters", outcome.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("its figures still grow", outcome.Problems[4].Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_row_that_comes_again_with_other_figures_is_told_and_the_first_ones_stand()
    {
        await _metering.ImportAsync(Settings("team_support"), [Row("bucket")]);
        var outcome = await _metering.AddAsync(await _metering.CreateAsync(Settings("team_support")), Row("bucket", row => row.Tokens.Output = 900), Row("bucket"));

        Assert.Equal((1, 1), (outcome.Counts.Changed, outcome.Counts.Duplicates));
        Assert.Contains("imported before with other figures", outcome.Problems.Single().Message, StringComparison.Ordinal);
        Assert.Equal(500, (await _metering.TotalAsync()).OutputTokens);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_row_that_is_there_already_for_somebody_else_is_told_with_the_way_out()
    {
        await _metering.MapAsync(ImportDimension.Project, "proj_a", "team_support", rule => rule.Workload = "batch");
        ImportRow[] rows = [Row("moved"), Row("stays", row => (row.Project, row.TeamId) = ("proj_b", "team_platform"))];
        var first = await _metering.ImportAsync(Settings(), rows);
        await _metering.MapAsync(ImportDimension.Project, "proj_a", "team_search", rule => rule.UserId = "ada");
        var outcome = await _metering.AddAsync(await _metering.CreateAsync(Settings()), rows);

        Assert.Equal((2, 0), (outcome.Counts.Duplicates, outcome.Counts.Changed));
        var problem = Assert.Single(outcome.Problems);
        Assert.Equal((0, RowProblemKind.Attribution), (problem.Row, problem.Kind));
        Assert.Equal(
            $"It was imported before for team team_support, workload batch (in import {first.ImportId}), and stays so; by the rules of now it would be for team team_search, user ada. "
            + $"To move it, take that import back (kt imports undo {first.ImportId}) and import it again.",
            problem.Message);

        await _metering.UndoAsync(first);
        Assert.Equal((2, 0), ((await _metering.ImportAsync(Settings(), rows)).Counts.Accepted, (await _metering.AddAsync(await _metering.CreateAsync(Settings()), rows)).Problems.Count));
    }

    [Fact(Timeout = 300_000)]
    public async Task Workload_that_a_rule_of_classes_gave_is_nobody_elses()
    {
        await _metering.ImportAsync(Settings("team_support"), [Row("one")]);
        await _metering.Get<Workloads.ChangeRules>().SetAsync(
            new SetRuleRequest { Rule = new WorkloadRule { Name = "all", Workload = "batch", Filters = { Spend.Only(SpendDimension.Team, "team_support") } }, IdempotencyKey = "rule" },
            "key_test", Cancel);

        Assert.Empty((await _metering.AddAsync(await _metering.CreateAsync(Settings("team_support")), Row("one"))).Problems);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_preview_says_what_would_be_and_keeps_nothing()
    {
        await _metering.ImportAsync(Settings("team_support"), [Row("known")]);
        var settings = Settings("team_support");
        settings.Rules.Add(new ImportRule { Dimension = ImportDimension.Project, Value = "proj_gateway", Skip = true });
        var preview = await _metering.Get<ImportRows>().RunAsync(
            settings, null,
            [Row("known"), Row("new"), Row("new"), Row("skipped", row => row.Project = "proj_gateway"), Row("unpriced", row => row.Model = "unknown-model")], Cancel);

        var counts = preview.Outcome.Counts;
        Assert.Equal((5, 2, 2, 1, 1, 450_000), (counts.Rows, counts.Accepted, counts.Duplicates, counts.Skipped, counts.Unpriced, counts.CostNanos));
        Assert.Single(await _metering.StreamAsync());
        Assert.Equal(1, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_import"));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_record_that_stands_for_many_requests_counts_them_and_is_priced_by_the_size_of_one()
    {
        await _metering.Get<Metering.Prices.SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = "openai", Model = "tiered", Currency = "USD", InputPerMillion = 1_000_000_000, CachedInputPerMillion = 1_000_000_000, CacheWritePerMillion = 1_000_000_000,
                    OutputPerMillion = 1_000_000_000, ReasoningPerMillion = 1_000_000_000, PerRequest = 1_000, Source = "test", EffectiveFrom = Day.ToTimestampUtc(),
                    ContextTiers = { new PriceContextTier { AboveInputTokens = 200_000, InputPerMillion = 2_000_000_000, CachedInputPerMillion = 2_000_000_000, CacheWritePerMillion = 2_000_000_000, OutputPerMillion = 2_000_000_000, ReasoningPerMillion = 2_000_000_000 } },
                },
                Retroactive = true, IdempotencyKey = "price",
            }, "key_test",
            Cancel);
        await _metering.ImportAsync(Settings("team_support"), [Row("bucket", row =>
        {
            (row.Model, row.Requests, row.ContextTokens) = ("tiered", 10, 100_000);
            row.Tokens = new Tokens { Input = 1_000_000 };
        })]);

        // A million tokens at 1.00, not at the tier of a single request of a million, and ten requests.
        var total = await _metering.TotalAsync();
        Assert.Equal((1_000_000_000 + 10_000, 10, 1_000_000), (total.CostNanos, total.Calls, total.InputTokens));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_the_source_says_that_it_cost_stands_beside_the_price_books_figure_and_is_never_booked()
    {
        var import = await _metering.ImportAsync(
            Settings("team_support"),
            [
                Row("one", row => row.StatedCostNanos = 500_000), Row("two", row => row.StatedCostNanos = 450_000), Row("silent"),
                Row("unpriced", row => (row.Model, row.StatedCostNanos) = ("unknown-model", 7_000)),
            ],
            piece: 2);

        Assert.Equal(
            [("gpt-4o-mini", 2, 950_000, 900_000, 0, 0), ("unknown-model", 1, 7_000, 0, 1, 7_000)],
            import.Stated.Select(stated => (stated.Model, stated.Rows, stated.StatedNanos, stated.RatedNanos, stated.UnpricedRows, stated.UnpricedStatedNanos)));
        Assert.Equal(1_350_000, (await _metering.TotalAsync()).CostNanos);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(1_000)]
    [InlineData(500)]
    public async Task What_the_source_says_beyond_all_amounts_refuses_no_usage_and_is_told_as_such(int piece)
    {
        const long Most = 10_000_000_000_000_000;
        var import = await _metering.ImportAsync(
            Settings("team_support"),
            [.. Enumerable.Range(0, 1_000).Select(number => Row($"row {number}", row => row.StatedCostNanos = Most)), Row("other", row => (row.Model, row.StatedCostNanos) = ("gpt-4o", Most))],
            piece);

        Assert.Equal((1_001, 1_001), (import.Counts.Accepted, import.Counts.Calls));
        Assert.Equal([("gpt-4o-mini", 1_000, long.MaxValue), ("gpt-4o", 1, Most)], import.Stated.Select(stated => (stated.Model, stated.Rows, stated.StatedNanos)));
        Assert.StartsWith("What the source says that openai gpt-4o-mini cost comes to more than an amount can be", Assert.Single(import.Warnings), StringComparison.Ordinal);
        Assert.Equal(import.Counts.CostNanos, (await _metering.TotalAsync()).CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_else_tells_of_the_same_time_is_warned_of()
    {
        await _metering.RecordAsync(Events.New("call", Day.AddHours(10)));
        await _metering.ImportAsync(Settings("team_support", "litellm"), [Row("log")]);
        var foreseen = await _metering.ForeseeAsync(Settings("team_support", "openai-usage"), [Row("bucket")]);
        var import = await _metering.ImportAsync(Settings("team_support", "openai-usage"), [Row("bucket")]);
        var quiet = await _metering.ImportAsync(Settings("team_support"), [Row("other", row => row.Provider = "elsewhere")]);

        Assert.Equal(2, foreseen.Count);
        Assert.Contains("('usage.csv') tells of the same provider in the same time. If it is the same usage, it would count twice", foreseen[0], StringComparison.Ordinal);
        Assert.StartsWith("1 calls of provider openai on these days are metered already", foreseen[1], StringComparison.Ordinal);
        Assert.Equal(2, import.Warnings.Count);
        Assert.Contains("tells of the same provider in the same time", import.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("1 calls of provider openai", import.Warnings[1], StringComparison.Ordinal);
        Assert.Empty(quiet.Warnings);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_tells_of_the_same_time_in_other_rows_is_warned_of_though_some_of_them_are_common()
    {
        await _metering.ImportAsync(Settings("team_support"), [.. Enumerable.Range(0, 4).Select(hour => Row($"hour {hour}", row => row.OccurredAt = Day.AddHours(hour).ToTimestampUtc()))]);
        ImportRow[] rows =
            [Row("hour 0", row => row.OccurredAt = Day.ToTimestampUtc()), .. Enumerable.Range(1, 3).Select(hour => Row($"project, hour {hour}", row => row.OccurredAt = Day.AddHours(hour).ToTimestampUtc()))];
        Assert.Contains("would count twice", Assert.Single(await _metering.ForeseeAsync(Settings("team_support"), rows, piece: 2)), StringComparison.Ordinal);
        var grouped = await _metering.ImportAsync(Settings("team_support"), rows);

        Assert.Equal((3, 1), (grouped.Counts.Accepted, grouped.Counts.Duplicates));
        Assert.Contains("tells of the same provider in the same time", Assert.Single(grouped.Warnings), StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_file_that_is_read_again_for_what_was_left_out_or_has_grown_is_not_warned_of()
    {
        ImportRow[] rows = [.. Enumerable.Range(0, 6).Select(hour => Row($"hour {hour}", row => (row.OccurredAt, row.Project) = (Day.AddHours(hour).ToTimestampUtc(), hour % 3 == 0 ? "proj_a" : "proj_b")))];
        await _metering.MapAsync(ImportDimension.Project, "proj_a", "team_support");
        Assert.Equal((2, 4), ((await _metering.ImportAsync(Settings(), rows)).Counts is var counts ? counts.Accepted : 0, counts.UnmappedRefused));

        await _metering.MapAsync(ImportDimension.Project, "proj_b", "team_search");
        Assert.Empty(await _metering.ForeseeAsync(Settings(), rows, piece: 2));
        var whole = await _metering.ImportAsync(Settings(), rows);
        Assert.Equal((4, 2, 0), (whole.Counts.Accepted, whole.Counts.Duplicates, whole.Warnings.Count));

        // A day later: the same hours, one that came late between them, and those since.
        ImportRow[] more = [.. rows, Row("late", row => row.OccurredAt = Day.AddHours(2.5).ToTimestampUtc()), .. Enumerable.Range(24, 9).Select(hour => Row($"hour {hour}", row => row.OccurredAt = Day.AddHours(hour).ToTimestampUtc()))];
        Assert.Empty(await _metering.ForeseeAsync(Settings(), more, piece: 2));
        var grown = await _metering.ImportAsync(Settings(), more);
        Assert.Equal((10, 6, 0), (grown.Counts.Accepted, grown.Counts.Duplicates, grown.Warnings.Count));
    }

    [Fact(Timeout = 300_000)]
    public async Task The_rest_of_a_file_whose_import_was_cut_off_is_not_warned_of()
    {
        ImportRow[] rows = [.. Enumerable.Range(0, 10).Select(hour => Row($"hour {hour}", row => row.OccurredAt = Day.AddHours(hour).ToTimestampUtc()))];
        await _metering.AddAsync(await _metering.CreateAsync(Settings("team_support")), rows[0], rows[9]);
        Assert.Empty(await _metering.ForeseeAsync(Settings("team_support"), rows, piece: 2));
        var rest = await _metering.ImportAsync(Settings("team_support"), rows);
        Assert.Equal((8, 2, 0), (rest.Counts.Accepted, rest.Counts.Duplicates, rest.Warnings.Count));
    }

    [Fact(Timeout = 300_000)]
    public async Task Nobody_else_speaks_in_the_name_of_an_import()
    {
        var answer = await _metering.RecordAsync(
            Events.New("source", with: usage => usage.Source = "import:csv"), Events.New("import", with: usage => usage.ImportId = Guid.NewGuid().ToString()),
            Events.New("many", with: usage => usage.Requests = 2));

        Assert.All(answer.Results, result => Assert.Equal(RecordOutcome.Invalid, result.Outcome));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_repeated_request_answers_as_before_and_an_ended_import_takes_no_rows()
    {
        var import = await _metering.CreateAsync(Settings("team_support"));
        var request = new AddRowsRequest { ImportId = import.ImportId, Rows = { Row("one") }, IdempotencyKey = "same" };
        var first = await _metering.Get<AddImportRows>().RunAsync(request, Cancel);
        Assert.Equal(first, await _metering.Get<AddImportRows>().RunAsync(request, Cancel));
        var finished = await _metering.FinishAsync(import);
        Assert.Equal((1, 1), (finished.Counts.Rows, finished.Counts.Accepted));

        var error = await Assert.ThrowsAsync<RpcException>(() => _metering.AddAsync(import, Row("late")));
        Assert.Equal(Reasons.ImportEnded, RpcErrors.ReasonOf(error));
        error = await Assert.ThrowsAsync<RpcException>(() => _metering.AddAsync(new Import { ImportId = Guid.NewGuid().ToString() }, Row("nowhere")));
        Assert.Equal(Reasons.ImportNotFound, RpcErrors.ReasonOf(error));
    }

    // Each keeps a connection while the intake writes its rows by another one.
    [Fact(Timeout = 300_000)]
    public async Task Many_who_add_rows_at_once_leave_connections_for_the_intake()
    {
        var few = new NpgsqlConnectionStringBuilder(_metering.ConnectionString) { MaxPoolSize = 12, Timeout = 5 }.ConnectionString;
        await using var replica = _metering.Another(configure: services => services.AddSingleton(_ => NpgsqlDataSource.Create(few)));
        var import = await replica.CreateAsync(Settings("team_support"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(batch => replica.AddAsync(import, Enumerable.Range(0, 5).Select(row => Row($"{batch}-{row}")))));
        Assert.Equal(200, answers.Sum(answer => answer.Counts.Accepted));
        Assert.Equal(200, (await replica.FinishAsync(import)).Counts.Accepted);
    }
}
