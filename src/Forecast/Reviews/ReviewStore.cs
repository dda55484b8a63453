using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Postgres;

namespace Platform.Forecast.Reviews;

/// <summary>All SQL of reviews. They are written once and never changed: the database refuses it.</summary>
internal sealed class ReviewStore(NpgsqlDataSource dataSource)
{
    private const string Lock = "SELECT pg_try_advisory_xact_lock(82825445725301)"; // "KTREVW"
    private const string Insert = "INSERT INTO weekly_review (week, made_at, spend_nanos, before_nanos, recommendations, review) VALUES ($1, $2, $3, $4, $5, $6)";
    private const string Select = "SELECT review FROM weekly_review WHERE week = $1";
    private const string List = "SELECT week, made_at, spend_nanos, before_nanos, recommendations FROM weekly_review ORDER BY week DESC LIMIT $1";

    /// <summary>False while another replica makes one. Who has the lock makes it within the transaction.</summary>
    public static async Task<bool> TryLockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await transaction.LetComputeAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Lock, transaction.Connection, transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task WriteAsync(NpgsqlTransaction transaction, WeeklyReview review, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        object[] values =
        [
            review.Week, review.MadeAt.ToDateTimeOffset().ToUniversalTime(), review.Variance.Total.CurrentNanos, review.Variance.Total.BeforeNanos, review.Recommendations.Count, review.ToByteArray(),
        ];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Null where none is kept.</summary>
    public async Task<WeeklyReview?> FindAsync(string week, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select);
        command.Parameters.Add(new() { Value = week });
        return await command.ExecuteScalarAsync(cancellationToken) is byte[] kept ? WeeklyReview.Parser.ParseFrom(kept) : null;
    }

    /// <summary>Newest week first.</summary>
    public async Task<List<ReviewHead>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heads = new List<ReviewHead>();
        while (await reader.ReadAsync(cancellationToken))
        {
            heads.Add(new ReviewHead
            {
                Week = reader.GetString(0), MadeAt = reader.GetFieldValue<DateTimeOffset>(1).ToTimestampUtc(), SpendNanos = reader.GetInt64(2), BeforeNanos = reader.GetInt64(3),
                Recommendations = reader.GetInt32(4),
            });
        }

        return heads;
    }

    /// <summary>How many are kept.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT count(*)::int FROM weekly_review");
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
