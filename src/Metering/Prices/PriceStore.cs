using System.Data;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>All SQL of the price book.</summary>
internal sealed class PriceStore(NpgsqlDataSource dataSource)
{
    /// <summary>How many rows of a list go to the database in one round trip.</summary>
    private const int AtOnce = 500;

    private const string SelectRevision = "SELECT revision FROM price_book";

    private const string SelectVersions = """
        SELECT price_id, provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million,
               reasoning_per_million, per_request, effective_from, effective_to, source, tier, region, cache_write_hour_per_million, discount_ppm, recorded_at, set_by
        FROM price ORDER BY price_id
        """;

    private const string SelectContextTiers = """
        SELECT price_id, above_input_tokens, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million,
               output_per_million, reasoning_per_million
        FROM price_context_tier ORDER BY price_id, above_input_tokens
        """;

    private const string SelectAliases = "SELECT provider, alias, model, source, recorded_at, past_models FROM price_alias ORDER BY provider, alias";

    // Takes the book's lock: changes happen one after the other. From then on revisions and ids are at least the clock's milliseconds, so that none is given again that a database had given which was restored
    // to an earlier moment: attempts, holds and the ledger still know it (docs/decisions/0315).
    private const string Advance = $"UPDATE price_book SET revision = greatest(revision + 1, {Milliseconds})";
    private const string AdvanceIds = $"SELECT setval('price_price_id_seq', greatest(last_value, {Milliseconds})) FROM price_price_id_seq";
    private const string Milliseconds = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    private const string End = "UPDATE price SET effective_to = $2 WHERE price_id = $1";

    private const string Insert = """
        INSERT INTO price (
            provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, reasoning_per_million,
            per_request, effective_from, effective_to, source, recorded_at, tier, region, cache_write_hour_per_million, discount_ppm, set_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        RETURNING price_id
        """;

    private const string InsertContextTier = "INSERT INTO price_context_tier VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    private const string InsertAlias = """
        INSERT INTO price_alias (provider, alias, model, source, recorded_at, set_by) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (provider, alias) DO UPDATE SET model = excluded.model, source = excluded.source, recorded_at = excluded.recorded_at, set_by = excluded.set_by,
            past_models = array_append(array_remove(price_alias.past_models, price_alias.model), price_alias.model)
        WHERE price_alias.model <> excluded.model
        """;

    /// <summary>The book at one moment: its revision and rows belong together.</summary>
    public async Task<PriceSnapshot> ReadBookAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return await ReadBookAsync(transaction, cancellationToken);
    }

    /// <summary>The book as a transaction sees it: one that has its lock sees the newest.</summary>
    public static async Task<PriceSnapshot> ReadBookAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands = { new(SelectRevision), new(SelectContextTiers), new(SelectVersions), new(SelectAliases) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var revision = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var tiers = await ReadAllAsync(reader, row => (PriceId: row.GetInt64(0), Tier: ReadTier(row)), cancellationToken);
        var tiersOf = tiers.ToLookup(tier => tier.PriceId, tier => tier.Tier);
        await reader.NextResultAsync(cancellationToken);
        var versions = await ReadAllAsync(reader, row => ReadVersion(row, [.. tiersOf[row.GetInt64(0)]]), cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var aliases = await ReadAllAsync(
            reader,
            row => new PriceAliasRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)) { PastModels = row.GetFieldValue<string[]>(5) },
            cancellationToken);
        return new PriceSnapshot(revision, versions, aliases);
    }

    public async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectRevision);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task LockAndAdvanceAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { new(Advance), new(AdvanceIds) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds versions, each behind the end of the one before it, and answers them with their ids, in their order. Hundreds go in one round trip: a list of ten thousand took longer than its caller waits.</summary>
    /// <param name="versions">At most one a subject, each with the version that ends where it begins; null for none.</param>
    public static async Task<List<PriceVersion>> AddAsync(
        NpgsqlTransaction transaction, IReadOnlyList<(PriceVersion Version, long? Ends)> versions, CancellationToken cancellationToken)
    {
        var added = new List<PriceVersion>(versions.Count);
        foreach (var some in versions.Chunk(AtOnce))
        {
            await using (var batch = new NpgsqlBatch(transaction.Connection, transaction))
            {
                foreach (var (version, ends) in some)
                {
                    if (ends is { } ended)
                    {
                        batch.BatchCommands.Add(new(End) { Parameters = { new() { Value = ended }, new() { Value = version.EffectiveFrom } } });
                    }

                    batch.BatchCommands.Add(InsertCommand(version));
                }

                // What ends another one answers no rows, so each result is the id of a version.
                await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
                foreach (var (version, _) in some)
                {
                    await reader.ReadAsync(cancellationToken);
                    added.Add(version with { Price = version.Price with { PriceId = reader.GetInt64(0) } });
                    await reader.NextResultAsync(cancellationToken);
                }
            }

            await InsertContextTiersAsync(transaction, added.TakeLast(some.Length).Select(version => version.Price), cancellationToken);
        }

        return added;
    }

    /// <summary>How many of the aliases are new, or stand for another model than before.</summary>
    public static async Task<int> SetAliasesAsync(
        NpgsqlTransaction transaction, IReadOnlyList<PriceAliasRow> aliases, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var set = 0;
        foreach (var some in aliases.Chunk(AtOnce))
        {
            await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
            foreach (var alias in some)
            {
                batch.BatchCommands.Add(new(InsertAlias)
                {
                    Parameters =
                    {
                        new() { Value = alias.Provider }, new() { Value = alias.Alias }, new() { Value = alias.Model }, new() { Value = alias.Source },
                        new() { Value = now }, new() { Value = actor },
                    },
                });
            }

            set += await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        return set;
    }

    private static NpgsqlBatchCommand InsertCommand(PriceVersion version)
    {
        var price = version.Price;
        return new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                new() { Value = price.Provider }, new() { Value = price.Model }, new() { Value = price.Currency },
                new() { Value = price.InputPerMillion }, new() { Value = price.CachedInputPerMillion }, new() { Value = price.CacheWritePerMillion },
                new() { Value = price.OutputPerMillion }, new() { Value = price.ReasoningPerMillion }, new() { Value = price.PerRequest },
                new() { Value = version.EffectiveFrom },
                new() { Value = (object?)version.EffectiveTo ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = version.Source }, new() { Value = version.RecordedAt }, new() { Value = price.Tier }, new() { Value = price.Region },
                new() { Value = price.CacheWriteHourPerMillion }, new() { Value = price.DiscountPpm }, new() { Value = version.SetBy },
            },
        };
    }

    private static async Task InsertContextTiersAsync(NpgsqlTransaction transaction, IEnumerable<Price> prices, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var (price, tier) in prices.SelectMany(price => price.ContextTiers.Select(tier => (price, tier))))
        {
            var command = new NpgsqlBatchCommand(InsertContextTier);
            foreach (var value in new[]
                     {
                         price.PriceId, tier.AboveInputTokens, tier.Rates.Input, tier.Rates.CachedInput, tier.Rates.CacheWrite, tier.Rates.CacheWriteHour,
                         tier.Rates.Output, tier.Rates.Reasoning,
                     })
            {
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
            }

            batch.BatchCommands.Add(command);
        }

        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static ContextTier ReadTier(NpgsqlDataReader reader) => new(
        reader.GetInt64(1),
        new Rates(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)));

    private static PriceVersion ReadVersion(NpgsqlDataReader reader, IReadOnlyList<ContextTier> tiers) => new(
        new Price(
            reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6),
            reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9))
        {
            Tier = reader.GetString(13),
            Region = reader.GetString(14),
            CacheWriteHourPerMillion = reader.GetInt64(15),
            DiscountPpm = reader.GetInt32(16),
            ContextTiers = tiers,
        },
        reader.GetFieldValue<DateTimeOffset>(10), reader.GetFieldValue<DateTimeOffset?>(11), reader.GetString(12), reader.GetFieldValue<DateTimeOffset>(17))
    {
        SetBy = reader.GetString(18),
    };
}
