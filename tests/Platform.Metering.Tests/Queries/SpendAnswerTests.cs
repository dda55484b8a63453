using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests.Queries;

public sealed class SpendAnswerTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Comparison_has_what_is_new_and_what_is_gone()
    {
        await RecordAsync(("2026-05-31T23:59Z", "gpt-4o"), ("2026-06-01T00:00Z", "gpt-4o-mini"), ("2026-06-30T23:59Z", "gpt-4o-mini"), ("2026-05-01T00:00Z", "gpt-4o-mini"));
        var answer = await _metering.QueryAsync(new QuerySpendRequest
        {
            From = Spend.At("2026-06-01").ToTimestampUtc(), To = Spend.At("2026-07-01").ToTimestampUtc(), GroupBy = { SpendDimension.Model }, Compare = true,
        });

        Assert.Equal(["gpt-4o 0 1", "gpt-4o-mini 2 1"], answer.Rows.Select(row => $"{row.Keys[0]} {row.Calls} {row.Previous.Calls}"));
        Assert.Equal((2, 2), (answer.Total.Calls, answer.Total.Previous.Calls));
        Assert.Equal(Spend.At("2026-05-01"), answer.PreviousFrom.ToDateTimeOffset());
    }

    [Fact(Timeout = 300_000)]
    public async Task Top_rows_come_first_and_the_others_are_one_sum()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 300).Select(Events.Varied)]);
        var all = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Team, SpendDimension.Model } });
        var top = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Team, SpendDimension.Model }, OrderBy = SpendMetric.Tokens, Top = 4 });

        Assert.Equal(
            all.Rows.OrderByDescending(row => row.InputTokens + row.OutputTokens).Take(4).Select(row => string.Join('|', row.Keys)),
            top.Rows.Select(row => string.Join('|', row.Keys)));
        Assert.Equal(8, top.OtherRows);
        Assert.Equal(all.Total, top.Total);
        Assert.Equal(all.Total.CostNanos, top.Rows.Sum(row => row.CostNanos) + top.Others.CostNanos);
    }

    public static TheoryData<string, SpendMetric, bool> Orders => new()
    {
        { "Model", SpendMetric.Cost, true },
        { "Outcome,Workload", SpendMetric.Requests, true },
        { "Outcome,Funding", SpendMetric.Requests, false },
        { "Team,User,Model", SpendMetric.Tokens, false },
        { "Team,Hour,Workload", SpendMetric.Requests, false },
        { "Hour,Outcome", SpendMetric.Cost, false },
        { "Outcome,Team,QuarterHour", SpendMetric.Requests, false },
        { "Hour", SpendMetric.Tokens, false },
        { "", SpendMetric.Cost, true },
    };

    /// <summary>Also between equals, and in both periods.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Orders))]
    public async Task First_rows_are_those_that_all_rows_begin_with(string groupBy, SpendMetric metric, bool compare)
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 300).Select(number =>
        {
            var usage = Events.Varied(number);
            usage.Outcome = (Outcome)((number % 4) + 1);
            return usage;
        })]);
        var question = new QuerySpendRequest
        {
            From = Spend.At("2026-06-01T01:15Z").ToTimestampUtc(), To = Spend.At("2026-06-01T02:30Z").ToTimestampUtc(), OrderBy = metric, Compare = compare,
            GroupBy = { groupBy.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<SpendDimension>) },
        };
        var all = await _metering.QueryAsync(question);
        Assert.True(all.Rows.Count > (groupBy.Length > 0 ? 1 : 0) && all.Total.Calls > 50);
        for (var top = 1; top <= all.Rows.Count + 1; top += 1 + (top / 4))
        {
            question.Top = top;
            var first = await _metering.QueryAsync(question);
            Assert.Equal(all.Rows.Take(top), first.Rows);
            Assert.Equal((all.Total, Math.Max(0, all.Rows.Count - top)), (first.Total, first.OtherRows));
            Assert.Equal(Sums(all.Rows.Skip(top)), Sums(first.Others is null ? [] : [first.Others]));
        }

        static (long Calls, long Cost, long Tokens, long Before) Sums(IEnumerable<SpendRow> rows) =>
            rows.Aggregate((0L, 0L, 0L, 0L), (sum, row) => (
                sum.Item1 + row.Calls, sum.Item2 + row.CostNanos, sum.Item3 + row.InputTokens + row.OutputTokens, sum.Item4 + (row.Previous?.CostNanos ?? 0)));
    }

    [Fact(Timeout = 300_000)]
    public async Task First_of_equals_is_the_one_that_all_rows_begin_with_in_any_script()
    {
        string[] models = ["Ärmel", "a", "a-b", "aB", "Z", "～", "😀", "😁"];
        await RecordAsync([.. models.Select((model, number) => ($"2026-06-01T00:0{number}Z", model))]);
        var question = new QuerySpendRequest { GroupBy = { SpendDimension.Model }, OrderBy = SpendMetric.Requests };
        var all = await _metering.QueryAsync(question);

        Assert.Equal(["Z", "a", "a-b", "aB", "Ärmel", "～", "😀", "😁"], all.Rows.Select(row => row.Keys.Single()));
        for (question.Top = 1; question.Top < models.Length; question.Top++)
        {
            Assert.Equal(all.Rows.Take(question.Top), (await _metering.QueryAsync(question)).Rows);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task First_rows_are_answered_however_many_workloads_there_are()
    {
        await _metering.ScalarAsync<object>("""
            INSERT INTO usage_summary
            SELECT 2, day, gen_random_uuid(), 'team_search', '', '', '', 'run-' || n, 'standard', 'openai', 'gpt-4o', 1, 1, true,
                1, 1, 10, 0, 5, CASE WHEN day > '2026-06-01Z' THEN CASE n WHEN 777 THEN 900 ELSE 100 END ELSE 7 END, 0, 0, 0, 0, 0
            FROM generate_series(1, 50001) n, unnest('{2026-05-10Z,2026-06-10Z}'::timestamptz[]) day
            WHERE day > '2026-06-01Z' OR n % 2 = 1;
            SELECT 1
            """);
        var question = new QuerySpendRequest
        {
            From = Spend.At("2026-06-01").ToTimestampUtc(), To = Spend.At("2026-07-01").ToTimestampUtc(), GroupBy = { SpendDimension.Workload },
            OrderBy = SpendMetric.Cost, Top = 12,
        };
        var alone = await _metering.QueryAsync(question);
        question.Compare = true;
        var compared = await _metering.QueryAsync(question);

        string[] expected = ["run-777", .. Enumerable.Range(1, 50_001).Select(number => $"run-{number}").Order(StringComparer.Ordinal).Take(11)];
        Assert.Equal(expected, alone.Rows.Select(row => row.Keys.Single()));
        Assert.Equal(expected, compared.Rows.Select(row => row.Keys.Single()));
        Assert.All(compared.Rows, row => Assert.Equal(int.Parse(row.Keys[0][4..]) % 2 * 7, row.Previous.CostNanos));
        foreach (var answer in new[] { alone, compared })
        {
            Assert.Equal((49_989, 49_989, 4_998_900), (answer.OtherRows, answer.Others.Calls, answer.Others.CostNanos));
            Assert.Equal((50_001, 5_000_900), (answer.Total.Calls, answer.Total.CostNanos));
        }

        Assert.Equal((25_001, 25_001 * 7), (compared.Total.Previous.Calls, compared.Total.Previous.CostNanos));
        Assert.Equal(compared.Total.Previous.CostNanos, compared.Rows.Append(compared.Others).Sum(row => row.Previous.CostNanos));

        // All of them are too many still.
        question.Top = 0;
        Assert.Equal(Reasons.TooManyRows, RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.QueryAsync(question))));
    }

    [Fact(Timeout = 300_000)]
    public async Task Open_range_of_nothing_is_empty_and_without_grouping_one_row_of_zeros()
    {
        Assert.Empty((await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Day } })).Rows);
        Assert.Equal(new SpendRow(), Assert.Single((await _metering.QueryAsync(new QuerySpendRequest())).Rows));
    }

    public static TheoryData<string, QuerySpendRequest> Senseless => new()
    {
        { "group_by", new QuerySpendRequest { GroupBy = { SpendDimension.Day, SpendDimension.Hour } } },
        { "group_by", new QuerySpendRequest { GroupBy = { (SpendDimension)99 } } },
        { "top needs order_by", new QuerySpendRequest { Top = 5 } },
        { "top must be 1 to 50000, or 0 for all; it is -1.", new QuerySpendRequest { Top = -1, OrderBy = SpendMetric.Cost } },
        { "top must be 1 to 50000, or 0 for all; it is 9999999.", new QuerySpendRequest { Top = 9_999_999 } },
        { "top needs order_by", new QuerySpendRequest { OrderBy = (SpendMetric)9 } },
        { "compare", new QuerySpendRequest { Compare = true } },
        { "filters", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Day, "2026-06-01") } } },
        { "filters", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Team, "a"), Spend.Only(SpendDimension.Team, "b") } } },
        { "team", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Team) } } },
        { "outcome", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Outcome, "exploded") } } },
        { "user", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.User, "\0") } } },
    };

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Senseless))]
    public async Task Query_that_makes_no_sense_is_refused_by_name(string complaint, QuerySpendRequest request)
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.QueryAsync(request));

        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
        Assert.Contains(complaint, error.Status.Detail, StringComparison.Ordinal);
    }

    private Task<RecordResponse> RecordAsync(params (string At, string Model)[] calls) =>
        _metering.RecordAsync([.. calls.Select(call => Events.New(call.At, Spend.At(call.At), usage => usage.ModelServed = call.Model))]);
}
