using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>All SQL of the price book.</summary>
internal sealed class PriceStore(NpgsqlDataSource dataSource)
{
    // One statement, so that the revision and the rows belong together.
    private const string SelectBook = """
        SELECT b.revision, p.price_id, p.provider, p.model, p.currency, p.input_per_million, p.cached_input_per_million, p.cache_write_per_million,
               p.output_per_million, p.reasoning_per_million, p.per_request, p.effective_from, p.effective_to, p.source
        FROM price_book b JOIN price p ON true
        ORDER BY p.price_id
        """;

    private const string SelectRevision = "SELECT revision FROM price_book";

    // Takes the book's lock: changes happen one after the other.
    private const string Advance = "UPDATE price_book SET revision = revision + 1";

    private const string SelectPeriods = """
        SELECT price_id, effective_from, effective_to FROM price WHERE provider = $1 AND model = $2 ORDER BY effective_from
        """;

    private const string End = "UPDATE price SET effective_to = $2 WHERE price_id = $1";

    private const string Insert = """
        INSERT INTO price (
            provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, reasoning_per_million,
            per_request, effective_from, effective_to, source, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        RETURNING price_id
        """;

    public async Task<PriceSnapshot> ReadBookAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectBook);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var revision = 0L;
        var versions = new List<PriceVersion>();
        while (await reader.ReadAsync(cancellationToken))
        {
            revision = reader.GetInt64(0);
            var price = new Price(
                reader.GetInt64(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5), reader.GetInt64(6),
                reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10));
            versions.Add(new PriceVersion(
                price, reader.GetFieldValue<DateTimeOffset>(11), reader.GetFieldValue<DateTimeOffset?>(12), reader.GetString(13)));
        }

        return new PriceSnapshot(revision, versions);
    }

    public async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectRevision);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task LockAndAdvanceAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Advance, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The periods of a model's versions, oldest first.</summary>
    public static async Task<List<PricePeriod>> ReadPeriodsAsync(
        NpgsqlTransaction transaction, string provider, string model, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectPeriods, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = provider }, new() { Value = model } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var periods = new List<PricePeriod>();
        while (await reader.ReadAsync(cancellationToken))
        {
            periods.Add(new PricePeriod(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset?>(2)));
        }

        return periods;
    }

    public static async Task EndAsync(NpgsqlTransaction transaction, long priceId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(End, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = priceId }, new() { Value = at } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds a version and answers it with its id.</summary>
    public static async Task<PriceVersion> InsertAsync(
        NpgsqlTransaction transaction, PriceVersion version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var price = version.Price;
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = price.Provider }, new() { Value = price.Model }, new() { Value = price.Currency },
                new() { Value = price.InputPerMillion }, new() { Value = price.CachedInputPerMillion }, new() { Value = price.CacheWritePerMillion },
                new() { Value = price.OutputPerMillion }, new() { Value = price.ReasoningPerMillion }, new() { Value = price.PerRequest },
                new() { Value = version.EffectiveFrom },
                new() { Value = (object?)version.EffectiveTo ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = version.Source }, new() { Value = now.TruncateToMicroseconds() },
            },
        };
        return version with { Price = price with { PriceId = (long)(await command.ExecuteScalarAsync(cancellationToken))! } };
    }
}

internal sealed record PricePeriod(long PriceId, DateTimeOffset EffectiveFrom, DateTimeOffset? EffectiveTo);
