using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;

namespace Platform.Forecast.Versions;

/// <summary>All SQL of published versions. They are written once and never changed: the database refuses it.</summary>
internal sealed class VersionStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        version, as_of, published_by, reason, description, scenario_id, engine, seed, time_zone, currency, too_short, plan_digest, policies, settled, calendar, prices
        """;

    private const string InsertHead = $"INSERT INTO forecast_version ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    private const string CopyFigures = "COPY forecast_figure (version, team_id, kind, from_day, to_day, figures, run_rate, seasonal_naive, adjustment_nanos) FROM STDIN (FORMAT BINARY)";

    private const string CopyPlan =
        "COPY forecast_version_plan (version, plan_id, team_id, workload, lane, starts_on, ends_on, launched, level_nanos, takes_any) FROM STDIN (FORMAT BINARY)";

    private const string SelectHeads = $"""
        SELECT {Columns} FROM forecast_version
        WHERE ($1 = 0 OR version < $1) AND ($2 = '' OR reason = $2) AND ($3 = 0 OR version = $3) ORDER BY version DESC LIMIT $4
        """;

    private const string SelectOfDay = $"SELECT {Columns} FROM forecast_version WHERE as_of >= $1 AND as_of < $2 ORDER BY version DESC LIMIT 1";

    private const string SelectFigures = """
        SELECT version, team_id, kind, from_day, to_day, figures, run_rate, seasonal_naive, adjustment_nanos FROM forecast_figure
        WHERE version = ANY ($1) AND ($2::text IS NULL OR team_id = $2) AND ($3::text IS NULL OR kind = $3) AND ($4::date IS NULL OR from_day = $4)
        ORDER BY version, team_id, kind, from_day, to_day
        """;

    /// <summary>Writes a version whole.</summary>
    public static async Task WriteAsync(
        NpgsqlTransaction transaction, VersionHead head, IEnumerable<VersionFigure> figures, IEnumerable<VersionPlanItem> plan, CancellationToken cancellationToken)
    {
        await using (var command = new NpgsqlCommand(InsertHead, transaction.Connection, transaction))
        {
            object?[] values =
            [
                head.Version, head.AsOf, head.PublishedBy, ReasonText.Of(head.Reason), head.Description, head.ScenarioId, head.Engine, (long)head.Seed, head.TimeZone, head.Currency,
                head.TooShort.ToArray(), head.Inputs.Plan, head.Inputs.Policies, head.Inputs.Settled, head.Inputs.Calendar,
                head.Inputs.Prices,
            ];
            command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value ?? DBNull.Value }).ToArray());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var copy = await transaction.Connection!.BeginBinaryImportAsync(CopyFigures, cancellationToken))
        {
            foreach (var figure in figures)
            {
                long[] layers = [.. figure.Layers().SelectMany(layer => new[] { layer.Figure.ToDate, layer.Figure.Expected, layer.Figure.P10, layer.Figure.P50, layer.Figure.P90 })];
                await copy.WriteRowAsync(
                    cancellationToken, head.Version, figure.TeamId, figure.Kind, figure.From, figure.To, layers, figure.RunRate, figure.SeasonalNaive,
                    (object?)figure.AdjustmentNanos ?? DBNull.Value);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await using (var copy = await transaction.Connection!.BeginBinaryImportAsync(CopyPlan, cancellationToken))
        {
            foreach (var item in plan)
            {
                await copy.WriteRowAsync(
                    cancellationToken, head.Version, item.PlanId, item.TeamId, item.Workload, item.Lane, item.StartsOn, (object?)item.EndsOn ?? DBNull.Value, item.Launched,
                    (object?)item.LevelNanos ?? DBNull.Value, item.TakesAny);
            }

            await copy.CompleteAsync(cancellationToken);
        }
    }

    /// <summary>The newest version; null before the first.</summary>
    public static async Task<VersionHead?> LastAsync(NpgsqlConnection connection, CancellationToken cancellationToken, PublicationReason reason = PublicationReason.Unspecified)
    {
        await using var command = new NpgsqlCommand(SelectHeads, connection);
        return (await ReadHeadsAsync(command, 0, reason, 0, 1, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Null where there is no such version.</summary>
    public async Task<VersionHead?> FindAsync(long version, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectHeads);
        return version <= 0 ? null : (await ReadHeadsAsync(command, 0, PublicationReason.Unspecified, version, 1, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The last that was published on a day of UTC; null where none was.</summary>
    public async Task<VersionHead?> FindOfDayAsync(DateOnly day, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectOfDay);
        command.Parameters.Add(new() { Value = new DateTimeOffset(day, default, TimeSpan.Zero) });
        command.Parameters.Add(new() { Value = new DateTimeOffset(day.AddDays(1), default, TimeSpan.Zero) });
        return (await ReadHeadsAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (FORECAST_VERSION_NOT_FOUND).</exception>
    public async Task<VersionHead> RequireAsync(long version, CancellationToken cancellationToken) => await FindAsync(version, cancellationToken)
        ?? throw RpcErrors.NotFound(Reasons.ForecastVersionNotFound, $"There is no version {version} of the forecast. kt forecast list shows them.");

    /// <summary>Newest first.</summary>
    /// <param name="before">Those below this version; 0: all.</param>
    /// <param name="reason">Unspecified: all.</param>
    public async Task<List<VersionHead>> ListAsync(long before, PublicationReason reason, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectHeads);
        return await ReadHeadsAsync(command, before, reason, 0, limit, cancellationToken);
    }

    /// <summary>What versions say, by version, scope and target.</summary>
    /// <param name="teamId">Empty: the organisation; null: every scope.</param>
    /// <param name="kind">Null: every kind of target.</param>
    /// <param name="from">The target's first day; null: any.</param>
    public async Task<List<(long Version, VersionFigure Figure)>> ReadFiguresAsync(
        IReadOnlyCollection<long> versions, string? teamId, string? kind, DateOnly? from, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ReadFiguresAsync(connection, versions, teamId, kind, from, cancellationToken);
    }

    /// <summary>As above, within a transaction.</summary>
    public static async Task<List<(long Version, VersionFigure Figure)>> ReadFiguresAsync(
        NpgsqlConnection connection, IReadOnlyCollection<long> versions, string? teamId, string? kind, DateOnly? from, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectFigures, connection);
        command.Parameters.Add(new() { Value = versions.ToArray() });
        command.Parameters.Add(new() { Value = (object?)teamId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)kind ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)from ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var figures = new List<(long, VersionFigure)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            figures.Add((reader.GetInt64(0), Figure(reader)));
        }

        return figures;
    }

    /// <summary>A row of version, team_id, kind, from_day, to_day, figures, run_rate, seasonal_naive, adjustment_nanos.</summary>
    public static VersionFigure Figure(NpgsqlDataReader reader)
    {
        var figures = reader.GetFieldValue<long[]>(5);
        return new VersionFigure(
            reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateOnly>(3), reader.GetFieldValue<DateOnly>(4), Layer(0), Layer(1), Layer(2), Layer(3), Layer(4),
            reader.GetInt64(6), reader.GetInt64(7), reader.IsDBNull(8) ? null : reader.GetInt64(8));

        LayerFigure Layer(int place) => new(figures[5 * place], figures[5 * place + 1], figures[5 * place + 2], figures[5 * place + 3], figures[5 * place + 4]);
    }

    private static async Task<List<VersionHead>> ReadHeadsAsync(
        NpgsqlCommand command, long before, PublicationReason reason, long version, int limit, CancellationToken cancellationToken)
    {
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = reason == PublicationReason.Unspecified ? "" : ReasonText.Of(reason) });
        command.Parameters.Add(new() { Value = version });
        command.Parameters.Add(new() { Value = limit });
        return await ReadHeadsAsync(command, cancellationToken);
    }

    private static async Task<List<VersionHead>> ReadHeadsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heads = new List<VersionHead>();
        while (await reader.ReadAsync(cancellationToken))
        {
            heads.Add(new VersionHead(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), ReasonText.Parse(reader.GetString(3)), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetString(6), (ulong)reader.GetInt64(7), reader.GetString(8), reader.GetString(9),
                reader.GetFieldValue<string[]>(10), new PublicationInputs(reader.GetString(11), reader.GetInt64(12), reader.GetInt64(13), reader.GetInt64(14), reader.GetString(15))));
        }

        return heads;
    }
}

/// <summary>Reasons as the database has them.</summary>
internal static class ReasonText
{
    private static readonly Dictionary<PublicationReason, string> Texts = new()
    {
        [PublicationReason.Daily] = "daily",
        [PublicationReason.PlanChange] = "plan_change",
        [PublicationReason.PolicyChange] = "policy_change",
        [PublicationReason.CalendarChange] = "calendar_change",
        [PublicationReason.PriceChange] = "price_change",
        [PublicationReason.UsageChange] = "usage_change",
        [PublicationReason.OnDemand] = "on_demand",
        [PublicationReason.Scenario] = "scenario",
    };

    private static readonly Dictionary<string, PublicationReason> ByText = Texts.ToDictionary(text => text.Value, text => text.Key, StringComparer.Ordinal);

    public static string Of(PublicationReason reason) => Texts[reason];

    public static PublicationReason Parse(string text) => ByText[text];
}
