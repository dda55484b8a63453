using System.Collections.Frozen;
using Npgsql;

namespace Platform.Routing.Catalogue;

/// <summary>All SQL of providers and models.</summary>
internal sealed class CatalogueStore(NpgsqlDataSource dataSource)
{
    private const string SelectRevision = "SELECT revision FROM catalogue_revision";

    private const string SelectProviders = "SELECT name FROM provider ORDER BY name";

    private const string SelectModels = """
        SELECT name, provider, upstream_model, lane, default_max_output_tokens, max_output_tokens, overhead_tokens, output_cap_field, created_at
        FROM model ORDER BY name
        """;

    public async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectRevision);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Revision, providers and models as of one moment.</summary>
    public async Task<CatalogueSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var revision = new NpgsqlCommand(SelectRevision, connection, transaction);
        var number = (long)(await revision.ExecuteScalarAsync(cancellationToken))!;
        var providers = new List<string>();
        await using (var command = new NpgsqlCommand(SelectProviders, connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                providers.Add(reader.GetString(0));
            }
        }

        var models = new Dictionary<string, CatalogueModel>();
        await using (var command = new NpgsqlCommand(SelectModels, connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var model = new CatalogueModel(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4), reader.GetInt32(5),
                    reader.GetInt32(6), reader.GetString(7), reader.GetFieldValue<DateTimeOffset>(8));
                models.Add(model.Name, model);
            }
        }

        return new CatalogueSnapshot(number, providers, models.ToFrozenDictionary());
    }
}
