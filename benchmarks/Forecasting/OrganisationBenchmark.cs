using System.Diagnostics;
using Aspire.Hosting.Testing;
using Npgsql;
using Platform.AppHost;
using Platform.Contracts.Forecast.V1;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// The layered forecast of an organisation of 50 teams of 20 segments with 180 days of history, asked for through gRPC: the first time, and when nothing has changed; and published as a version.
/// Its days are put into the service's database, as usage would have been summed there; the service, its database and the services that it asks are real processes.
/// </summary>
internal static class OrganisationBenchmark
{
    private const int WarmRequests = 20;
    private const int WhatIfRequests = 5;

    /// <summary>Each touches every one of the thousand segments.</summary>
    private static readonly string[] WhatIfs =
    [
        "price provider=openai change=+10%", "route provider=openai to=openai/gpt-4o share=30%", "lane provider=openai to=economy at=openai/gpt-4o share=50%", "lift what=all",
        "outage provider=openai hours=6 fallback=+60%",
    ];

    private const string History = """
        SELECT setseed(0.42);
        INSERT INTO usage_day (team_id, workload, lane, day, provider, model, cost_nanos, calls, unpriced_calls, input_tokens, output_tokens)
        SELECT team_id, workload, lane, day, 'openai', 'gpt-4o-mini', calls * 150000, calls, 0, calls * 700, calls * 180
        FROM (
            SELECT format('bench_%s', team) AS team_id, format('workload_%s', workload) AS workload, format('lane_%s', lane) AS lane, day::date AS day,
                   (20 + 40 * (team % 7) * (1 + 0.004 * (day::date - current_date + 180)) * (CASE WHEN extract(isodow FROM day) > 5 THEN 0.4 ELSE 1 END)
                       * (0.8 + 0.4 * random()))::bigint AS calls
            FROM generate_series(1, 50) AS team, generate_series(1, 5) AS workload, generate_series(1, 4) AS lane,
                 generate_series(current_date - 180, current_date - 1, interval '1 day') AS day
        ) AS spent;
        INSERT INTO series_version SELECT DISTINCT team_id, 1, 1 FROM usage_day;
        """;

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var app = await RunningServices.StartAsync([ResourceNames.Wallet, ResourceNames.Metering, ResourceNames.Forecast], cancellationToken);
        await using (var database = NpgsqlDataSource.Create((await app.GetConnectionStringAsync(ResourceNames.ForecastDatabase, cancellationToken))!))
        await using (var command = database.CreateCommand(History))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        using var channel = RunningServices.Connect(app, ResourceNames.Forecast, 1)[0];
        var layers = new Layers.LayersClient(channel);
        var cold = await TimeAsync(layers, cancellationToken);
        var warm = new double[WarmRequests];
        for (var i = 0; i < WarmRequests; i++)
        {
            warm[i] = await TimeAsync(layers, cancellationToken);
        }

        Array.Sort(warm);
        var scenarios = new Scenarios.ScenariosClient(channel);
        var (one, five) = (await WhatIfAsync(scenarios, WhatIfs[..1], cancellationToken), await WhatIfAsync(scenarios, WhatIfs, cancellationToken));
        var started = Stopwatch.GetTimestamp();
        var version = await new Versions.VersionsClient(channel).PublishVersionAsync(
            new PublishVersionRequest { IdempotencyKey = "bench" }, RunningServices.Owner, cancellationToken: cancellationToken);
        var published = version.Version > 0 ? Stopwatch.GetElapsedTime(started).TotalSeconds : throw new InvalidOperationException("Nothing was published.");
        return [new Figure("organisation_cold", cold, "s"), new Figure("organisation_warm", warm[WarmRequests / 2], "s"), new Figure("organisation_warm_max", warm[^1], "s"), new Figure("what_if_1", one, "s"),
            new Figure("what_if_5", five, "s"), new Figure("organisation_published", published, "s")];
    }

    /// <summary>The median of several; what is read once for a forecast is read before.</summary>
    private static async Task<double> WhatIfAsync(Scenarios.ScenariosClient scenarios, string[] lines, CancellationToken cancellationToken)
    {
        var request = new WhatIfRequest { Scenarios = { lines.Select((line, place) => new Scenario { Name = $"s{place}", Changes = { line } }) } };
        var seconds = new double[WhatIfRequests + 1];
        for (var i = 0; i < seconds.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var answer = await scenarios.WhatIfAsync(request, RunningServices.Owner, cancellationToken: cancellationToken);
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (answer.Scenarios.Any(scenario => scenario.Changes[0].Segments == 0))
            {
                throw new InvalidOperationException("A scenario touches nothing.");
            }
        }

        var warm = seconds[1..];
        Array.Sort(warm);
        return warm[warm.Length / 2];
    }

    private static async Task<double> TimeAsync(Layers.LayersClient layers, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await layers.GetLayersAsync(new GetLayersRequest(), RunningServices.Owner, cancellationToken: cancellationToken);
        return answer.Periods.Count > 0 ? Stopwatch.GetElapsedTime(started).TotalSeconds : throw new InvalidOperationException("The answer has no periods.");
    }
}
