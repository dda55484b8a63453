using System.Data.Common;

namespace Platform.ServiceDefaults;

/// <summary>Tells a database that is away, in one way or another, from one that answers no to what it was asked.</summary>
public static class DatabaseFailures
{
    /// <summary>
    /// What was refused by a database that takes no writes: a standby that a connection still or already leads to after a failover, or a server whose disk is full. Npgsql counts it among the
    /// failures that come again; nothing is wrong with what was to be written.
    /// </summary>
    private const string ReadOnlyTransaction = "25006";

    /// <summary>Its process was silent within it for longer than it may be, such as one that was halted: the same is done anew.</summary>
    private const string SilentTransaction = "25P03";

    /// <summary>A statement that the server's <c>statement_timeout</c>, or a person, has ended.</summary>
    private const string CancelledStatement = "57014";

    /// <summary>Of SQLSTATE: one that does not let the service in, as while its password is changed there and not yet here (decision 0225).</summary>
    private const string InvalidAuthorization = "28";

    /// <summary>True where the same may succeed later: nothing is wrong with it.</summary>
    public static bool IsTransient(DbException exception) =>
        exception.IsTransient || exception.SqlState is ReadOnlyTransaction or SilentTransaction or CancelledStatement
        || exception.SqlState?.StartsWith(InvalidAuthorization, StringComparison.Ordinal) == true;

    /// <summary>True for figures that leave their range, here or there (class 22), and what a constraint forbids (class 23): some of what was to be written brings it out, and the rest does not.</summary>
    public static bool IsOfFigures(Exception? exception) => exception is OverflowException
        || (exception is DbException { SqlState: { } state } && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal)));
}
