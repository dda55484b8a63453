using System.Globalization;
using Npgsql;
using Platform.Contracts.Metering.V1;

namespace Platform.Benchmarks.Metering;

/// <summary>
/// Usage through gRPC in batches of 1,000, 24 in flight: durable, deduplicated, priced, summed and owed to the broker before it is answered; then the same events
/// again. Callers, Metering, PostgreSQL, the broker and Wallet, which receives what is metered, share the machine.
/// </summary>
internal static class MeteringBenchmark
{
    /// <summary>How many events, where a million take too long or too short.</summary>
    private const string EventsVariable = "KT_BENCH_EVENTS";

    private const int WarmUpBatches = 200;

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var batches = int.Parse(Environment.GetEnvironmentVariable(EventsVariable) ?? "1000000", CultureInfo.InvariantCulture) / UsageMaker.BatchSize;
        await using var metering = await RunningMetering.StartAsync(cancellationToken);
        var database = await metering.DatabaseAsync(cancellationToken);
        var load = new IntakeLoad(metering, TimeProvider.System.GetUtcNow().AddHours(-1));
        await load.RunAsync(0, WarmUpBatches, RecordOutcome.Accepted, withMarkers: false, cancellationToken);

        var before = metering.ProcessorSeconds();
        var intake = await load.RunAsync(WarmUpBatches, batches, RecordOutcome.Accepted, withMarkers: true, cancellationToken);
        var after = metering.ProcessorSeconds();
        var replay = await load.RunAsync(WarmUpBatches, batches, RecordOutcome.Duplicate, withMarkers: false, cancellationToken);
        var copy = await CopyBaseline.MeasureAsync(database, cancellationToken);
        await VerifyAsync(database, (WarmUpBatches + batches) * (long)UsageMaker.BatchSize, cancellationToken);

        double Each(Func<(double Callers, double Metering, double Postgres, double Others), double> of) =>
            (of(after) - of(before)) * 1_000_000 / (batches * UsageMaker.BatchSize);
        return
        [
            new Figure("intake", intake.PerSecond, "events/s", copy, "COPY of the same rows into a bare table"),
            new Figure("duplicates", replay.PerSecond, "events/s", intake.PerSecond, "the same events when they were new"),
            new Figure("copy_baseline", copy, "rows/s"),
            new Figure("visible_p99", IntakeRun.Percentile(intake.VisibleMilliseconds, 0.99), "ms"),
            new Figure("batch_p50", IntakeRun.Percentile(intake.BatchMilliseconds, 0.5), "ms"),
            new Figure("batch_p99", IntakeRun.Percentile(intake.BatchMilliseconds, 0.99), "ms"),
            new Figure("memory", intake.MemoryAtTheEndMiB, "MiB", intake.MemoryAtAThirdMiB, "after a third of the events"),
            new Figure("callers_cpu", Each(used => used.Callers), "µs per event"),
            new Figure("metering_cpu", Each(used => used.Metering), "µs per event"),
            new Figure("postgres_cpu", Each(used => used.Postgres), "µs per event"),
            new Figure("wallet_and_broker_cpu", Each(used => used.Others), "µs per event"),
        ];
    }

    /// <summary>Every event is one record and counted once.</summary>
    private static async Task VerifyAsync(string database, long events, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("""
            SELECT concat_ws('/', (SELECT count(*) FROM usage_record WHERE source = 'gateway/bench'), (SELECT sum(calls) FROM usage_rollup WHERE workload NOT LIKE 'marker-%'),
                (SELECT sum(cost_nanos) FROM usage_record) - (SELECT sum(cost_nanos) FROM usage_rollup))
            """);
        command.CommandTimeout = 0;
        if ((string?)await command.ExecuteScalarAsync(cancellationToken) is var sums && sums != $"{events}/{events}/0")
        {
            throw new InvalidOperationException($"The sums do not add up: {sums} instead of {events}/{events}/0 (records, calls in roll-ups, cost of both).");
        }
    }
}
