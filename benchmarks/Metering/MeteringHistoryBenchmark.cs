using System.Diagnostics;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Folding;
using Platform.Metering.Intake;
using Platform.Metering.Retention;

namespace Platform.Benchmarks.Metering;

/// <summary>What a dashboard asks and what a person looks up in a long history, through gRPC; what a record takes on disk; how long a month's records take to go.</summary>
internal static class MeteringHistoryBenchmark
{
    public const string RecordsVariable = "KT_BENCH_RECORDS";
    private const int Reads = 100;

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var records = long.Parse(Environment.GetEnvironmentVariable(RecordsVariable) ?? "20000000", CultureInfo.InvariantCulture);
        var now = TimeProvider.System.GetUtcNow();
        await using var metering = await RunningMetering.StartAsync(cancellationToken);
        await using var database = NpgsqlDataSource.Create(await metering.DatabaseAsync(cancellationToken));
        var started = Stopwatch.GetTimestamp();
        await UsageHistory.MakeAsync(database, records, now, cancellationToken);
        var figures = new List<Figure> { new("records", records, "records"), new("build", Stopwatch.GetElapsedTime(started).TotalSeconds, "s") };
        figures.Add(await FoldAsync(database, cancellationToken));

        var client = metering.Clients[0];
        await ReadsAsync("query", DashboardQueries(now), async query =>
            (await client.QuerySpendAsync(query, RunningServices.Owner, cancellationToken: cancellationToken)).CalculateSize());
        await ReadsAsync("drilldown", Pages(now), async page =>
            (await client.ListUsageAsync(page, RunningServices.Owner, cancellationToken: cancellationToken)).Records.Count);
        figures.AddRange(await SizesAsync(database, records, cancellationToken));
        figures.Add(await DropMonthAsync(metering, database, cancellationToken));
        return figures;

        // A figure for each kind, and the slowest one's p95 as that of all.
        async Task ReadsAsync<T>(string name, IReadOnlyList<(string Name, Func<int, T> Make)> kinds, Func<T, Task<int>> read)
        {
            var worst = 0.0;
            foreach (var (kind, make) in kinds)
            {
                var times = new double[Reads];
                for (var i = -10; i < Reads; i++)
                {
                    var asked = Stopwatch.GetTimestamp();
                    await read(make(i));
                    times[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                }

                var p95 = IntakeRun.Percentile(times, 0.95);
                figures.Add(new Figure($"{name}_p95.{kind}", p95, "ms"));
                worst = Math.Max(worst, p95);
            }

            figures.Add(new Figure($"{name}_p95", worst, "ms"));
        }
    }

    /// <summary>All of the history's sums by caller over weeks and three hours, by the service's own loop, or by this one where that is not at it.</summary>
    private static async Task<Figure> FoldAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var fold = new FoldOldSums(database, Options.Create(new FoldOptions()), TimeProvider.System, NullLogger<FoldOldSums>.Instance);
        var started = Stopwatch.GetTimestamp();
        do
        {
            await fold.RunAsync(cancellationToken);
        }
        while (await ScalarAsync(database, "SELECT count(*) FILTER (WHERE NOT is_folded) > 0 OR count(*) = 0 FROM usage_folded", cancellationToken) is true);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await ScalarAsync(database, "VACUUM (ANALYZE) usage_fold, usage_folded", cancellationToken);
        return new Figure("fold", seconds, "s");
    }

    private static IReadOnlyList<(string, Func<int, QuerySpendRequest>)> DashboardQueries(DateTimeOffset now)
    {
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        QuerySpendRequest Since(DateTimeOffset from, string zone, params SpendDimension[] by) => new()
        {
            From = Timestamp.FromDateTimeOffset(from), To = Timestamp.FromDateTimeOffset(now), TimeZone = zone, GroupBy = { by },
        };
        return
        [
            ("month_by_team_compared", _ => With(Since(month, "", SpendDimension.Team), query => query.Compare = true)),
            ("90_days_by_day_and_team_berlin", _ => Since(now.AddDays(-89), "Europe/Berlin", SpendDimension.Day, SpendDimension.Team)),
            ("30_days_by_day_and_model_kolkata", _ => Since(now.AddDays(-30), "Asia/Kolkata", SpendDimension.Day, SpendDimension.Model)),
            ("7_days_by_hour", _ => Since(now.AddDays(-7), "", SpendDimension.Hour)),
            ("90_days_top_10_users", _ => With(Since(now.AddDays(-89), "", SpendDimension.User), query => (query.OrderBy, query.Top) = (SpendMetric.Cost, 10))),
            ("30_days_of_a_team_by_key", i => With(
                Since(now.AddDays(-30), "", SpendDimension.Key),
                query => query.Filters.Add(new SpendFilter { Dimension = SpendDimension.Team, Values = { UsageMaker.TeamId(Math.Abs(i) % UsageMaker.Teams) } }))),
            ("today_by_quarter_hour", _ => Since(now.AddDays(-1), "", SpendDimension.QuarterHour)),
        ];
    }

    private static IReadOnlyList<(string, Func<int, ListUsageRequest>)> Pages(DateTimeOffset now)
    {
        Timestamp Before(int i) => Timestamp.FromDateTimeOffset(now.AddMinutes(-1_201 * Math.Abs(i)));
        return
        [
            ("newest", _ => new ListUsageRequest()),
            ("deep", i => new ListUsageRequest { To = Before(i) }),
            ("of_a_team", i => new ListUsageRequest
            {
                To = Before(i), Filters = { new SpendFilter { Dimension = SpendDimension.Team, Values = { UsageMaker.TeamId(Math.Abs(i) % UsageMaker.Teams) } } },
            }),
            ("of_a_user_and_model", i => new ListUsageRequest
            {
                To = Before(i),
                Filters =
                {
                    new SpendFilter { Dimension = SpendDimension.User, Values = { $"usr_{Math.Abs(i) * 7 % 200:000}" } },
                    new SpendFilter { Dimension = SpendDimension.Model, Values = { "gpt-4o" } },
                },
            }),
        ];
    }

    private static QuerySpendRequest With(QuerySpendRequest request, Action<QuerySpendRequest> change)
    {
        change(request);
        return request;
    }

    private static async Task<IReadOnlyList<Figure>> SizesAsync(NpgsqlDataSource database, long records, CancellationToken cancellationToken)
    {
        async Task<double> EachAsync(string relations) => (double)(long)(await ScalarAsync(
            database, $"SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relname ~ '{relations}'", cancellationToken))! / records;
        return
        [
            new Figure("bytes_per_record", await EachAsync("^usage_record_[0-9]"), "bytes"),
            new Figure("bytes_per_record.identity", await EachAsync("^usage_identity$"), "bytes"),
            new Figure("bytes_per_record.sums", await EachAsync("^usage_(rollup|summary|fold)"), "bytes"),
        ];
    }

    /// <summary>The last full month but one goes, by the service's own retention, while the sums stay.</summary>
    private static async Task<Figure> DropMonthAsync(RunningMetering metering, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var before = await TotalAsync();
        await RetentionOf(months: 2).RunAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var dropped = await RetentionOf(months: 1).RunAsync(cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return dropped == 1 && before.Equals(await TotalAsync())
            ? new Figure("retention_drop", seconds, "s")
            : throw new InvalidOperationException($"{dropped} months were dropped instead of one, or the sums changed.");

        DropOldUsage RetentionOf(int months) => new(
            new Watermark(database), new PartitionStore(database), Options.Create(new RetentionOptions { RecordMonths = months }), TimeProvider.System,
            NullLogger<DropOldUsage>.Instance);
        async Task<SpendRow> TotalAsync() =>
            (await metering.Clients[0].QuerySpendAsync(new QuerySpendRequest(), RunningServices.Owner, cancellationToken: cancellationToken)).Total;
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource database, string sql, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
