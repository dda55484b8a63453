using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Waste;

namespace Platform.Metering.Tests;

public sealed class WasteTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-15T12:00Z"));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Failed_and_retried_attempts_are_told_with_what_they_cost_and_records()
    {
        await RecordAsync(
            Call("ok"), Call("failed", with: usage => usage.Outcome = Outcome.Failed), Call("cut", with: usage => usage.Outcome = Outcome.Interrupted),
            Call("again", with: usage => usage.AttemptNumber = 2), Call("fallback", with: usage => (usage.Fallback, usage.TeamId) = (true, "team_search")),
            Call("caller", with: usage => usage.RetryOf = Guid.CreateVersion7().ToString()), Call("old", "2026-05-01T12:00Z", usage => usage.Outcome = Outcome.Failed));
        var report = await ReadAsync(evidence: 5);

        Assert.Equal(6 * 450_000, report.SpendNanos);
        var failed = Signal(report, WasteKind.Failed);
        Assert.Equal((2, 900_000), (failed.Calls, failed.CostNanos));
        Assert.Equal(await IdsAsync("cut", "failed"), Assert.Single(failed.Rows).Evidence.Order());
        var retried = Signal(report, WasteKind.Retried);
        Assert.Equal((3, 1_350_000), (retried.Calls, retried.CostNanos));
        Assert.Equal(["team_support 2", "team_search 1"], retried.Rows.Select(row => $"{row.TeamId} {row.Calls}"));
        Assert.Equal(await IdsAsync("again", "caller"), retried.Rows[0].Evidence.Order());
        var search = await ReadAsync(filter: Spend.Only(SpendDimension.Team, "team_search"));
        Assert.Equal((1, 0), (Signal(search, WasteKind.Retried).Calls, Signal(search, WasteKind.Failed).Calls));
        Assert.Empty(Signal(search, WasteKind.Retried).Rows[0].Evidence);
    }

    [Fact(Timeout = 300_000)]
    public async Task Identical_prompts_of_a_team_and_model_within_a_day_are_duplicates_but_for_the_first()
    {
        await RecordAsync(
            Asked("first", "2026-06-08T20:00Z", 1), Asked("second", "2026-06-09T19:00Z", 1), Asked("third", "2026-06-10T18:00Z", 1),
            Asked("a day and more later", "2026-06-11T18:00:01Z", 1), Asked("other prompt", "2026-06-10T18:00Z", 2),
            Asked("other team", "2026-06-10T18:00Z", 1, usage => usage.TeamId = "team_search"),
            Asked("other model", "2026-06-10T18:00Z", 1, usage => usage.ModelServed = "gpt-4o"),
            Asked("failed", "2026-06-10T18:01Z", 1, usage => usage.Outcome = Outcome.Failed), Call("unknown prompt"), Call("unknown too"));
        var duplicate = Signal(await ReadAsync(evidence: 5), WasteKind.Duplicate);

        // The first lies before the range, and is what the second repeats.
        Assert.Equal((2, 900_000), (duplicate.Calls, duplicate.CostNanos));
        Assert.Equal(await IdsAsync("second", "third"), Assert.Single(duplicate.Rows).Evidence.Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task Abandoned_answer_wastes_the_part_of_its_output_that_came_after_its_caller_had_left()
    {
        await RecordAsync(
            Call("half", with: usage => (usage.Outcome, usage.UndeliveredPpm) = (Outcome.ClientClosed, 500_000)),
            Call("unknown", with: usage => usage.Outcome = Outcome.ClientClosed), Call("stayed"));
        var abandoned = Signal(await ReadAsync(evidence: 1), WasteKind.Abandoned);

        // 500 tokens of output cost 300,000.
        Assert.Equal((2, 150_000), (abandoned.Calls, abandoned.CostNanos));
        Assert.Equal(await IdsAsync("half"), Assert.Single(abandoned.Rows).Evidence);
    }

    [Fact(Timeout = 300_000)]
    public async Task Small_calls_on_a_dear_model_name_the_cheapest_that_is_in_use_with_the_saving_by_the_price_book()
    {
        await RecordAsync(
            Call("small", with: usage => (usage.ModelServed, usage.Tokens) = ("gpt-4o", new Tokens { Input = 800, CachedInput = 200, Output = 100 })),
            Call("large", with: usage => (usage.ModelServed, usage.Tokens) = ("gpt-4o", new Tokens { Input = 50_000, Output = 100 })),
            Call("failed", with: usage => (usage.ModelServed, usage.Outcome, usage.Tokens) = ("gpt-4o", Outcome.Failed, new Tokens { Input = 10 })),
            Call("cheap", with: usage => usage.Tokens = new Tokens { Input = 10, Output = 10 }),
            Call("unpriced", with: usage => (usage.ModelServed, usage.Tokens) = ("unknown-model", new Tokens { Input = 10 })));
        var sizing = Signal(await ReadAsync(evidence: 3), WasteKind.RightSizing);

        // 1,000 in and 100 out: 2.5 and 10 a million on gpt-4o, 0.15 and 0.60 on gpt-4o-mini.
        var row = Assert.Single(sizing.Rows);
        Assert.Equal(("gpt-4o", "openai", "gpt-4o-mini", 1), (row.Model, row.CheaperProvider, row.CheaperModel, row.Calls));
        Assert.Equal(3_500_000 - 210_000, row.CostNanos);
        Assert.Equal(await IdsAsync("small"), row.Evidence);
    }

    [Fact(Timeout = 300_000)]
    public async Task Model_that_does_not_write_is_no_candidate_and_has_none()
    {
        await SetAsync("text-embedding-3-small", 20_000_000, 0);
        await SetAsync("text-embedding-3-large", 130_000_000, 0);
        await SetAsync("classifier", 1_000_000, 1_000_000);
        await RecordAsync(
            Call("chat", with: usage => (usage.ModelServed, usage.Tokens) = ("gpt-4o", new Tokens { Input = 800, Output = 100 })),
            Call("embedding", with: usage => (usage.ModelServed, usage.Tokens) = ("text-embedding-3-small", new Tokens { Input = 800 })),
            Call("dear embedding", with: usage => (usage.ModelServed, usage.Tokens) = ("text-embedding-3-large", new Tokens { Input = 800 })),
            Call("without output", with: usage => (usage.ModelServed, usage.Tokens) = ("classifier", new Tokens { Input = 800 })));

        Assert.Empty(Signal(await ReadAsync(), WasteKind.RightSizing).Rows);
        Assert.DoesNotContain((await PartsAsync("2026-06-10", "2026-06-11")).Parts, part => part.Kind == WasteKind.RightSizing);
    }

    [Fact(Timeout = 300_000)]
    public async Task Small_calls_are_compared_at_their_own_tier_with_models_of_the_lanes_below()
    {
        await SetAsync("gpt-4o", 1_250_000_000, 5_000_000_000, "batch");
        await SetAsync("gpt-4o-mini", 75_000_000, 300_000_000, "batch");
        await SetAsync("tiny", 10_000_000, 10_000_000);
        UsageEvent Small(string id, string lane, string model, string tier = "standard") =>
            Call(id, with: usage => (usage.Lane, usage.ModelServed, usage.ServiceTier, usage.Tokens) = (lane, model, tier, new Tokens { Input = 1_000, Output = 100 }));
        await RecordAsync(
            Small("batched", "scheduled", "gpt-4o", "batch"), Small("dear", "premium", "gpt-4o"), Small("economical", "economy", "gpt-4o-mini"), Small("own lane", "lab", "tiny"));
        var sizing = Signal(await ReadAsync(), WasteKind.RightSizing);

        // At the batch tier 1.25 and 5 against 0.075 and 0.30 a million, where tiny has no price; in lane premium 2.5 and 10 against the economy lane's 0.15 and 0.60; economy has nothing below, so all.
        Assert.Equal(
            [("gpt-4o", "gpt-4o-mini", 2, 1_750_000 - 105_000 + 3_500_000 - 210_000), ("gpt-4o-mini", "tiny", 1, 210_000 - 11_000)],
            sizing.Rows.Select(row => (row.Model, row.CheaperModel, (int)row.Calls, (int)row.CostNanos)));
        Assert.Equal(sizing.CostNanos, (await PartsAsync("2026-06-10", "2026-06-11")).Parts.Where(part => part.Kind == WasteKind.RightSizing).Sum(part => part.CostNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Parts_of_waste_are_apart_and_a_retry_that_succeeded_is_none()
    {
        await RecordAsync(
            Call("ok"), Call("failed again", with: usage => (usage.Outcome, usage.AttemptNumber) = (Outcome.Failed, 2)), Call("retry", with: usage => usage.AttemptNumber = 3),
            Asked("first", "2026-06-10T08:00Z", 1), Asked("again", "2026-06-10T09:00Z", 1, usage => usage.Workload = "batch"),
            Call("half", with: usage => (usage.Outcome, usage.UndeliveredPpm) = (Outcome.ClientClosed, 500_000)),
            Call("small", with: usage => (usage.ModelServed, usage.Tokens) = ("gpt-4o", new Tokens { Input = 800, CachedInput = 200, Output = 100 })));
        var parts = (await PartsAsync("2026-06-10", "2026-06-11")).Parts;

        Assert.Equal(
            ["Abandoned  0 250 150000", "Duplicate batch 1 500 450000", "Failed  1 500 450000", "RightSizing  0 0 3290000"],
            parts.Select(part => $"{part.Kind} {(part.Workload == "batch" ? "batch" : "")} {part.Calls} {part.OutputTokens} {part.CostNanos}").Order());

        // The same small calls beside models of other days: nothing cheaper was in use then.
        Assert.DoesNotContain((await PartsAsync("2026-06-10", "2026-06-11", "2026-06-01", "2026-06-02")).Parts, part => part.Kind == WasteKind.RightSizing);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => PartsAsync("2026-05-01", "2026-06-11"));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => PartsAsync("2026-06-10", "2026-06-11", "2026-06-02", "2026-06-02"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Small_call_that_is_a_duplicate_is_no_candidate_for_a_cheaper_model_too()
    {
        await SetAsync("gpt-4o", 1_250_000_000, 5_000_000_000, "batch");
        await SetAsync("gpt-4o-mini", 75_000_000, 300_000_000, "batch");
        await RecordAsync(
            Call("cheaper"), Dear("first", "2026-06-10T08:00Z", 1, "standard"), Dear("again", "2026-06-10T09:00Z", 1, "standard"),
            Dear("batch", "2026-06-10T10:00Z", 2, "batch"), Dear("batch again", "2026-06-10T11:00Z", 2, "batch"), Dear("batch once more", "2026-06-10T12:00Z", 2, "batch"));
        var parts = (await PartsAsync("2026-06-10", "2026-06-11")).Parts;

        // One call and two of half the price that need not have been; of one and one less 94 in a hundred.
        Assert.Equal(
            [(WasteKind.Duplicate, 3L, 3_000L, 300L, 7_000_000L), (WasteKind.RightSizing, 0L, 0L, 0L, 3_290_000L + 1_645_000)],
            parts.Select(part => (part.Kind, part.Calls, part.InputTokens, part.OutputTokens, part.CostNanos)));

        static UsageEvent Dear(string eventId, string at, byte prompt, string tier) => Asked(
            eventId, at, prompt, usage => (usage.ModelServed, usage.ServiceTier, usage.Tokens) = ("gpt-4o", tier, new Tokens { Input = 1_000, Output = 100 }));
    }

    [Fact(Timeout = 300_000)]
    public async Task Call_that_a_correction_took_back_whole_is_in_no_signal_and_nothing_repeats_it()
    {
        await SetAsync("gpt-4o", 1_250_000_000, 5_000_000_000, "batch");
        await SetAsync("gpt-4o-mini", 75_000_000, 300_000_000, "batch");
        await RecordAsync(Call("stays"), Asked("repeats", "2026-06-09T19:00Z", 1));
        var (before, parts) = (await ReadAsync(evidence: 5), await PartsAsync("2026-06-09", "2026-06-11"));
        UsageEvent[] wrong =
        [
            Asked("asked first", "2026-06-08T20:00Z", 1), Asked("asked again", "2026-06-10T08:00Z", 1), Call("failed", with: usage => usage.Outcome = Outcome.Failed),
            Call("half", with: usage => (usage.Outcome, usage.UndeliveredPpm) = (Outcome.ClientClosed, 500_000)),
            Call("small", with: usage => (usage.ModelServed, usage.ServiceTier, usage.Tokens) = ("gpt-4o", "batch", new Tokens { Input = 800, Output = 100 })),
        ];
        await RecordAsync(wrong);
        Assert.Equal([1, 2, 1, 1], Calls(await ReadAsync()));
        await RecordAsync([.. (await _metering.StreamAsync()).Where(record => wrong.Any(usage => usage.EventId == record.Event.EventId)).Select(record => new UsageEvent
        {
            Source = "finance", EventId = record.RecordId, CorrectsRecordId = record.RecordId, Requests = -1,
            Tokens = new Tokens { Input = -record.Event.Tokens.Input, Output = -record.Event.Tokens.Output },
        })]);

        Assert.Equal(before, await ReadAsync(evidence: 5));
        Assert.Equal(parts, await PartsAsync("2026-06-09", "2026-06-11"));

        static IEnumerable<long> Calls(WasteReport report) =>
            new[] { WasteKind.Failed, WasteKind.Duplicate, WasteKind.Abandoned, WasteKind.RightSizing }.Select(kind => Signal(report, kind).Calls);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("2026-06-01", "2026-06-01", 0)]
    [InlineData("2026-05-01", "2026-06-02", 0)]
    [InlineData("2026-06-01", "2026-06-02", 21)]
    [InlineData("2026-06-01", "2026-06-02", -1)]
    public async Task Question_without_sense_is_refused(string from, string to, int evidence)
    {
        var request = new GetWasteRequest { From = Spend.At(from).ToTimestampUtc(), To = Spend.At(to).ToTimestampUtc(), Evidence = evidence };
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.Get<GetWaste>().RunAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
    }

    private Task<PriceRow> SetAsync(string model, long input, long output, string tier = "standard") => _metering.Get<Prices.SetPrice>().RunAsync(
        new SetPriceRequest
        {
            Price = new PriceRow
            {
                Provider = "openai", Model = model, Tier = tier, Currency = "USD", InputPerMillion = input, CachedInputPerMillion = input, CacheWritePerMillion = input,
                OutputPerMillion = output, ReasoningPerMillion = output, Source = "test", EffectiveFrom = Spend.At("2026-06-01").ToTimestampUtc(),
            },
            IdempotencyKey = $"{model}/{tier}", Retroactive = true,
        }, "key_test",
        TestContext.Current.CancellationToken);

    private static UsageEvent Call(string eventId, string at = "2026-06-10T12:00Z", Action<UsageEvent>? with = null) => Events.New(eventId, Spend.At(at), with);

    private static UsageEvent Asked(string eventId, string at, byte prompt, Action<UsageEvent>? with = null) => Call(eventId, at, usage =>
    {
        usage.PromptHash = ByteString.CopyFrom([.. Enumerable.Repeat(prompt, 16)]);
        with?.Invoke(usage);
    });

    private static WasteSignal Signal(WasteReport report, WasteKind kind) => report.Signals.Single(signal => signal.Kind == kind);

    private async Task RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        Assert.All((await _metering.RecordAsync(events)).Results, result => Assert.True(result.Outcome >= RecordOutcome.AcceptedUnpriced, result.Message));

    private Task<WasteReport> ReadAsync(int evidence = 0, SpendFilter? filter = null)
    {
        var request = new GetWasteRequest { Evidence = evidence };
        if (filter is not null)
        {
            request.Filters.Add(filter);
        }

        return _metering.Get<GetWaste>().RunAsync(request, TestContext.Current.CancellationToken);
    }

    private Task<GetWastePartsResponse> PartsAsync(string from, string to, string? usedFrom = null, string? usedTo = null) => _metering.Get<GetWasteParts>().RunAsync(
        new GetWastePartsRequest
        {
            From = Spend.At(from).ToTimestampUtc(), To = Spend.At(to).ToTimestampUtc(), UsedFrom = usedFrom is null ? null : Spend.At(usedFrom).ToTimestampUtc(),
            UsedTo = usedTo is null ? null : Spend.At(usedTo).ToTimestampUtc(),
        },
        TestContext.Current.CancellationToken);

    private async Task<IEnumerable<string>> IdsAsync(params string[] eventIds) =>
        [.. (await _metering.StreamAsync()).Where(record => eventIds.Contains(record.Event.EventId)).Select(record => record.RecordId).Order()];
}
