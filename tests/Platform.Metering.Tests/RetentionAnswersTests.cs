using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Retention;
using Platform.Metering.Waste;
using Platform.Metering.Workloads;

namespace Platform.Metering.Tests;

/// <summary>What is answered from records is refused where months of them are dropped; what sums know is answered as before.</summary>
public sealed class RetentionAnswersTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-15T12:00Z"));
    private MeteringFixture _metering = null!;
    private RecordResult _march = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync(_time, retention: 2);
        _march = (await _metering.RecordAsync(
            Events.New("march", Spend.At("2026-03-31T12:00Z"), usage => usage.Workload = ""), Events.New("april", Spend.At("2026-04-01T12:00Z"), usage => usage.Workload = ""))).Results[0];
        Assert.Equal(1, await _metering.Get<DropOldUsage>().RunAsync(Cancel));
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory(Timeout = 300_000)]
    [InlineData("2026-03-25", "2026-04-02", true)]
    [InlineData("2026-04-01", "2026-04-02", false)]
    public async Task Waste_is_refused_where_records_of_its_range_are_gone(string from, string to, bool refused)
    {
        var report = new GetWasteRequest { From = Spend.At(from).ToTimestampUtc(), To = Spend.At(to).ToTimestampUtc() };
        var parts = new GetWastePartsRequest { From = report.From, To = report.To };
        Assert.Equal(refused, await IsRefusedAsync(() => _metering.Get<GetWaste>().RunAsync(report, Cancel)));
        Assert.Equal(refused, await IsRefusedAsync(() => _metering.Get<GetWasteParts>().RunAsync(parts, Cancel)));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("2026-03-25", true, true)]
    [InlineData("2026-04-01", true, false)]
    [InlineData("2026-03-25", false, false)]
    public async Task Preview_is_refused_only_where_it_needs_records_that_are_gone(string from, bool bySize, bool refused)
    {
        var rule = new WorkloadRule { Name = "support", Workload = "interactive", Filters = { Spend.Only(SpendDimension.Team, "team_support") } };
        if (bySize)
        {
            rule.MaxInputTokens = 10_000;
        }

        var request = new PreviewRuleRequest { Rule = rule, From = Spend.At(from).ToTimestampUtc(), To = Spend.At("2026-04-02").ToTimestampUtc() };
        if (refused)
        {
            Assert.True(await IsRefusedAsync(() => _metering.Get<PreviewRule>().RunAsync(request, Cancel)));
        }
        else
        {
            Assert.Equal(from == "2026-04-01" ? 1 : 2, (await _metering.Get<PreviewRule>().RunAsync(request, Cancel)).Calls);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_that_is_gone_is_told_from_one_that_never_was()
    {
        var attempt = DerivedId.OfAttempt("gateway-1", "march").ToString();
        foreach (var id in new[] { _march.RecordId, attempt })
        {
            var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => GetAsync(id));
            Assert.Equal(Reasons.UsageNotKept, RpcErrors.ReasonOf(error));
            Assert.Contains("occurred at 2026-03-31T12:00:00", error.Status.Detail, StringComparison.Ordinal);
        }

        var unknown = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => GetAsync("0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10"));
        Assert.Equal(Reasons.UsageNotFound, RpcErrors.ReasonOf(unknown));
    }

    private Task<UsageDetail> GetAsync(string id) => _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = id }, Cancel);

    private static async Task<bool> IsRefusedAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            await ask();
            return false;
        }
        catch (Grpc.Core.RpcException refusal)
        {
            Assert.Equal(Reasons.UsageNotKept, RpcErrors.ReasonOf(refusal));
            return true;
        }
    }
}
