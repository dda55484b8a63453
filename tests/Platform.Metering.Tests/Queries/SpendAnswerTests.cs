using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests.Queries;

public sealed class SpendAnswerTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 60_000)]
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

    [Fact(Timeout = 60_000)]
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

    [Fact(Timeout = 60_000)]
    public async Task Open_range_of_nothing_is_empty_and_without_grouping_one_row_of_zeros()
    {
        Assert.Empty((await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Day } })).Rows);
        Assert.Equal(new SpendRow(), Assert.Single((await _metering.QueryAsync(new QuerySpendRequest())).Rows));
    }

    public static TheoryData<string, QuerySpendRequest> Senseless => new()
    {
        { "group_by", new QuerySpendRequest { GroupBy = { SpendDimension.Day, SpendDimension.Hour } } },
        { "group_by", new QuerySpendRequest { GroupBy = { (SpendDimension)99 } } },
        { "top", new QuerySpendRequest { Top = 5 } },
        { "top", new QuerySpendRequest { Top = -1, OrderBy = SpendMetric.Cost } },
        { "top", new QuerySpendRequest { OrderBy = (SpendMetric)9 } },
        { "compare", new QuerySpendRequest { Compare = true } },
        { "filters", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Day, "2026-06-01") } } },
        { "filters", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Team, "a"), Spend.Only(SpendDimension.Team, "b") } } },
        { "team", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Team) } } },
        { "outcome", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Outcome, "exploded") } } },
        { "user", new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.User, "\0") } } },
    };

    [Theory(Timeout = 60_000)]
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
