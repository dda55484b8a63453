using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Tests.Imports;
using Platform.Metering.Workloads;

namespace Platform.Metering.Tests;

/// <summary>Rules that ask for sizes or tags are tried on records, all others on sums: both must say the same of the same usage.</summary>
public sealed class WorkloadPreviewTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Tenth = Spend.At("2026-06-10T12:00Z");

    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-15T12:00Z"));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Records_count_as_their_sums_do_with_imports_undone_ones_corrections_and_late_prices()
    {
        await _metering.ImportAsync(
            ImportSteps.Settings("team_support"), Enumerable.Range(0, 10).Select(number => ImportSteps.Row($"page-{number}", row => row.Requests = 1_000)));
        await _metering.MapAsync(ImportDimension.Project, "proj_copilot", "team_support", rule => rule.Workload = "copilot");
        await _metering.UndoAsync(await _metering.ImportAsync(
            ImportSteps.Settings("team_support"), [ImportSteps.Row("wrong", row => row.Requests = 7), ImportSteps.Row("classified", row => row.Project = "proj_copilot")]));
        var one = (await _metering.RecordAsync(
            Unclassified("one"), Unclassified("new model", usage => usage.ModelServed = "new-model"), Unclassified("classified", usage => usage.Workload = "batch"))).Results[0];
        await CorrectAsync("less", one.RecordId, Tenth, new Tokens { Input = -400 });
        await PriceAsync("gpt-4o-mini", 777_777_777);
        await PriceAsync("new-model", 333_333_333);

        var sums = await PreviewAsync(Support());
        Assert.Equal((10_002, 10_003, 10_002), (sums.Calls, sums.AllCalls, sums.UnclassifiedCalls));
        Assert.Equal(["batch 1"], sums.Classified.Select(row => $"{row.Workload} {row.Calls}"));
        Assert.Equal((await _metering.TotalAsync()).CostNanos, sums.CostNanos + sums.Classified[0].CostNanos);
        Assert.Equal(sums, await PreviewAsync(Support(rule => rule.MaxInputTokens = 1_000_000)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_goes_with_the_record_that_it_corrects_whatever_its_own_tokens_and_tags()
    {
        var record = (await _metering.RecordAsync(Unclassified("long", usage =>
        {
            usage.Tokens = new Tokens { Input = 5_000 };
            usage.Tags.Add("job", "nightly");
        }))).Results[0];
        await CorrectAsync("less", record.RecordId, Tenth.AddDays(1), new Tokens { Input = -4_000 }, ("job", "daily"));

        // 1,000 tokens are left, at 0.15 a million.
        foreach (var rule in new[] { Support(rule => rule.MinInputTokens = 5_000), Support(rule => rule.Tags.Add("job", "nightly")) })
        {
            Assert.Equal((1, 150_000), await FiguresAsync(rule));
            Assert.Equal((1, 750_000), await FiguresAsync(rule, Tenth, Tenth.AddDays(1)));
            Assert.Equal((0, -600_000), await FiguresAsync(rule, Tenth.AddDays(1)));
        }

        Assert.Equal((0, 0), await FiguresAsync(Support(rule => rule.MaxInputTokens = 4_999)));
        Assert.Equal((0, 0), await FiguresAsync(Support(rule => rule.Tags.Add("job", "daily"))));
    }

    private static WorkloadRule Support(Action<WorkloadRule>? with = null)
    {
        var rule = new WorkloadRule { Name = "support", Workload = "interactive", Filters = { Spend.Only(SpendDimension.Team, "team_support") } };
        with?.Invoke(rule);
        return rule;
    }

    private static UsageEvent Unclassified(string eventId, Action<UsageEvent>? with = null) => Events.New(eventId, Tenth, usage =>
    {
        usage.Workload = "";
        with?.Invoke(usage);
    });

    private async Task CorrectAsync(string eventId, string recordId, DateTimeOffset at, Tokens tokens, (string Name, string Value)? tag = null)
    {
        var correction = new UsageEvent { Source = "finance", EventId = eventId, CorrectsRecordId = recordId, OccurredAt = at.ToTimestampUtc(), Tokens = tokens };
        if (tag is var (name, value))
        {
            correction.Tags.Add(name, value);
        }

        Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(correction)).Results[0].Outcome);
    }

    private async Task PriceAsync(string model, long perMillion)
    {
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = "openai", Model = model, Currency = "USD", InputPerMillion = perMillion, CachedInputPerMillion = perMillion, CacheWritePerMillion = perMillion,
                    OutputPerMillion = perMillion, ReasoningPerMillion = perMillion, EffectiveFrom = ImportSteps.Day.ToTimestampUtc(), Source = "test",
                },
                Retroactive = true, IdempotencyKey = model,
            }, "key_test", Cancel);
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
    }

    private Task<RulePreview> PreviewAsync(WorkloadRule rule, DateTimeOffset? from = null, DateTimeOffset? to = null) => _metering.Get<PreviewRule>().RunAsync(
        new PreviewRuleRequest { Rule = rule, From = from.ToTimestampUtc(), To = to.ToTimestampUtc() }, Cancel);

    private async Task<(long Calls, long CostNanos)> FiguresAsync(WorkloadRule rule, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        var preview = await PreviewAsync(rule, from, to);
        return (preview.Calls, preview.CostNanos);
    }
}
