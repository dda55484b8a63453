using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

/// <summary>Budgets on a database and a clock of their own: noon of the 10th of June 2026. Amounts are in cents.</summary>
internal sealed class BudgetTime : IAsyncDisposable
{
    public const long Cent = Money.NanosPerUnit / 100;

    private int _number;

    private BudgetTime(MeteringFixture metering, FakeTimeProvider time) => (Metering, Time) = (metering, time);

    public MeteringFixture Metering { get; }

    public FakeTimeProvider Time { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<BudgetTime> BeginAsync(DateTimeOffset? at = null)
    {
        var time = new FakeTimeProvider(at ?? new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        return new BudgetTime(await MeteringFixture.CreateAsync(time), time);
    }

    public Task<BudgetView> SetAsync(string budgetId, long? cents = null, Action<SetBudgetRequest>? with = null)
    {
        var request = new SetBudgetRequest { BudgetId = budgetId, Period = BudgetPeriod.Month, IdempotencyKey = Guid.CreateVersion7().ToString() };
        if (cents is { } amount)
        {
            (request.AmountNanos, request.Currency) = (amount * Cent, "USD");
        }

        with?.Invoke(request);
        return Metering.Get<SetBudget>().RunAsync(request, "key_test", Cancel);
    }

    public Task<BudgetView> GetAsync(string budgetId) => Metering.Get<ListBudgets>().GetAsync(new GetBudgetRequest { BudgetId = budgetId }, Cancel);

    public Task<BudgetHistory> HistoryAsync(string budgetId, int limit = 0) =>
        Metering.Get<ListBudgets>().GetHistoryAsync(new GetBudgetHistoryRequest { BudgetId = budgetId, Limit = limit }, Cancel);

    public Task<BudgetView> SnoozeAsync(string budgetId, DateTimeOffset? until) => Metering.Get<SnoozeBudget>().RunAsync(
        new SnoozeBudgetRequest { BudgetId = budgetId, Until = until.ToTimestampUtc(), IdempotencyKey = Guid.CreateVersion7().ToString() }, "key_test", Cancel);

    public Task<BudgetView> AcknowledgeAsync(string budgetId) => Metering.Get<AcknowledgeBudget>().RunAsync(
        new AcknowledgeBudgetRequest { BudgetId = budgetId, IdempotencyKey = Guid.CreateVersion7().ToString() }, "key_test", Cancel);

    /// <summary>Records one call that costs so many cents, and moves the clock a little.</summary>
    public async Task SpendAsync(long cents, DateTimeOffset? at = null, Action<UsageEvent>? with = null)
    {
        await Metering.RecordAsync(Call(cents, at ?? Now, with));
        Time.Advance(TimeSpan.FromMilliseconds(1));
    }

    /// <summary>Money without tokens: a charge, or, negative, a credit note.</summary>
    public Task AdjustAsync(long cents, DateTimeOffset? at = null, Action<UsageEvent>? with = null) => SpendAsync(0, at, usage =>
    {
        (usage.ModelAsked, usage.ModelServed, usage.Tokens, usage.Funding, usage.AdjustmentNanos) = ("", "", new Tokens(), Funding.External, cents * Cent);
        (usage.KeyId, usage.Source) = ("", "finance");
        with?.Invoke(usage);
    });

    /// <summary>A call that costs so many cents.</summary>
    public UsageEvent Call(long cents, DateTimeOffset at, Action<UsageEvent>? with = null) =>
        Events.New($"call-{Interlocked.Increment(ref _number)}", at, usage =>
        {
            // 0.10 a million tokens.
            (usage.ModelServed, usage.Tokens) = ("gpt-4.1-nano", new Tokens { Input = cents * 100_000 });
            with?.Invoke(usage);
        });

    public Task<bool> LookAsync() => Metering.Get<EvaluateBudgets>().RunAsync(Cancel);

    /// <summary>Events of a type that are owed to the broker, in order.</summary>
    public async Task<List<T>> OwedAsync<T>()
    {
        await using var command = Metering.Database.CreateCommand("SELECT body FROM outbox WHERE message_type = $1 ORDER BY outbox_id");
        command.Parameters.Add(new() { Value = typeof(T).FullName! });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var events = new List<T>();
        while (await reader.ReadAsync(Cancel))
        {
            events.Add(JsonSerializer.Deserialize<T>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return events;
    }

    /// <summary>What was told, as "budget basis percent" with the lower thresholds behind a '>'.</summary>
    public async Task<string[]> ToldAsync() =>
        [.. (await OwedAsync<BudgetThresholdCrossed>()).Select(crossed => string.Create(
            CultureInfo.InvariantCulture, $"{crossed.BudgetId} {crossed.Basis} {crossed.Percent}{(crossed.LowerPercents.Count == 0 ? "" : ">" + string.Join(",", crossed.LowerPercents))}"))];

    public ValueTask DisposeAsync() => Metering.DisposeAsync();
}
