using System.Text.Json;
using Google.Protobuf;
using Npgsql;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies;

/// <summary>All SQL of policies.</summary>
internal sealed class PolicyStore(NpgsqlDataSource dataSource)
{
    private const string SelectNewestVersion = "SELECT max(version) FROM policy_version";

    private const string SelectWhole = "SELECT version, applied_at, actor, description, policy, changes, models_since FROM policy_version ";

    private const string Newest = "ORDER BY version DESC LIMIT 1";

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public async Task<long> ReadNewestVersionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectNewestVersion);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The version in force.</summary>
    public async Task<StoredPolicy> ReadNewestAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectWhole + Newest);
        return (await ReadAsync(command, cancellationToken))!;
    }

    private static async Task<StoredPolicy?> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new StoredPolicy(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), Parser.Parse<RoutePolicy>(reader.GetString(4)),
                ReadChanges(reader.GetString(5)), JsonSerializer.Deserialize<Dictionary<string, DateTimeOffset>>(reader.GetString(6))!)
            : null;
    }

    private static List<PolicyChange> ReadChanges(string json)
    {
        using var changes = JsonDocument.Parse(json);
        return [.. changes.RootElement.EnumerateArray().Select(change => Parser.Parse<PolicyChange>(change.GetRawText()))];
    }
}
