namespace Platform.Metering.Tests;

/// <summary>A database whose connections end at any moment, and callers who call again.</summary>
internal static class BrokenConnections
{
    /// <summary>Also says how often it called again.</summary>
    public static async Task<(T Answer, int Again)> UntilAnsweredAsync<T>(Func<Task<T>> ask)
    {
        for (var again = 0; ; again++)
        {
            try
            {
                return (await ask(), again);
            }
            catch (Exception broken) when (broken is Npgsql.NpgsqlException or ObjectDisposedException)
            {
                // As a caller whose call failed, at a connection or a replica that ended: it calls again.
            }
        }
    }

    /// <summary>
    /// Ends some of the connections to the database now and then, as a crash of its server or of the service would. Again only once more is answered: on a machine on which an answer takes longer than
    /// a few of these pauses, none would ever be.
    /// </summary>
    /// <param name="answered">How many calls were, of those that must come to their end.</param>
    public static async Task BreakAsync(MeteringFixture metering, Func<int> answered, CancellationToken cancellationToken)
    {
        var before = -1;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(40));
        while (await timer.WaitForNextTickAsync(cancellationToken).AsTask().ContinueWith(tick => !tick.IsCanceled, TaskScheduler.Default))
        {
            if (answered() == before)
            {
                continue;
            }

            before = answered();
            try
            {
                await metering.ScalarAsync<long>(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.3");
            }
            catch (Npgsql.NpgsqlException)
            {
                // This one was idle in the pool when it was ended.
            }
        }
    }
}
