using System.Text.Json;
using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies;

/// <summary>All SQL of policies.</summary>
internal sealed class PolicyStore(NpgsqlDataSource dataSource)
{
    /// <summary>A database that has stopped answering is noticed, and looked for again, as soon as this.</summary>
    private const int LookSeconds = 3;

    private const int MostListedBytes = 512 * 1024;

    private const string SelectNewestVersion = "SELECT max(version) FROM policy_version";

    private const string SelectVersionBelow = "SELECT max(version) FROM policy_version WHERE version < $1";

    private const string SelectWhole = "SELECT version, applied_at, actor, description, policy, changes, models_since FROM policy_version ";

    private const string Newest = "ORDER BY version DESC LIMIT 1";

    private const string OfVersion = "WHERE version = $1";

    private const string List = """
        SELECT version, applied_at, actor, description, changes FROM policy_version
        WHERE $2 = 0 OR version < $2 ORDER BY version DESC LIMIT $1
        """;

    private const string Insert =
        "INSERT INTO policy_version (version, applied_at, actor, description, policy, changes, models_since) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    // Changes one after the other; whoever reads goes on.
    private const string Lock = "LOCK TABLE policy_version IN EXCLUSIVE MODE";

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public async Task<long> ReadNewestVersionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectNewestVersion);
        command.CommandTimeout = LookSeconds;
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Null when it is the first.</summary>
    public async Task<long?> FindVersionBelowAsync(long version, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectVersionBelow);
        command.Parameters.Add(new() { Value = version });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>The version in force.</summary>
    public async Task<StoredPolicy> ReadNewestAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectWhole + Newest);
        return (await ReadAsync(command, cancellationToken))!;
    }

    public static async Task<StoredPolicy> ReadNewestAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectWhole + Newest, transaction.Connection, transaction);
        return (await ReadAsync(command, cancellationToken))!;
    }

    /// <summary>Null when there is no such version.</summary>
    public async Task<StoredPolicy?> FindAsync(long version, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectWhole + OfVersion);
        command.Parameters.Add(new() { Value = version });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Newest first, without their documents. Fewer than asked for when they changed so much that one answer would not carry them.</summary>
    /// <param name="before">Only versions below; 0 for all.</param>
    public async Task<ListPolicyVersionsResponse> ListAsync(int limit, long before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        command.Parameters.Add(new() { Value = limit + 1 });
        command.Parameters.Add(new() { Value = before });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListPolicyVersionsResponse();
        for (var bytes = 0; await reader.ReadAsync(cancellationToken); bytes += answer.Versions[^1].CalculateSize())
        {
            if (answer.Versions.Count == limit || bytes >= MostListedBytes)
            {
                answer.NextBefore = answer.Versions[^1].Version;
                break;
            }

            answer.Versions.Add(new PolicyVersion
            {
                Version = reader.GetInt64(0), AppliedAt = reader.GetFieldValue<DateTimeOffset>(1).ToTimestampUtc(), Actor = reader.GetString(2),
                Description = reader.GetString(3), Changes = { ReadChanges(reader.GetString(4)) },
            });
        }

        return answer;
    }

    public static async Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Lock, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task AddAsync(NpgsqlTransaction transaction, StoredPolicy policy, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = policy.Version }, new() { Value = policy.AppliedAt }, new() { Value = policy.Actor }, new() { Value = policy.Description },
                new() { Value = Formatter.Format(policy.Policy), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = $"[{string.Join(',', policy.Changes.Select(change => Formatter.Format(change)))}]", NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = JsonSerializer.Serialize(policy.ModelsSince), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
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
