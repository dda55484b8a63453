namespace Platform.Cli;

/// <summary>The exit codes that scripts may rely on.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The API refused, or a check found a difference.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>`kt reconcile`: nothing differs, but attempts are still open.</summary>
    public const int StillOpen = 2;

    /// <summary>No token, an unknown or revoked one, or one whose role does not allow this.</summary>
    public const int NotAuthenticated = 3;

    /// <summary>The API does not answer, or is not ready.</summary>
    public const int Unavailable = 4;

    /// <summary>A fault of kt itself.</summary>
    public const int Fault = 5;
}

/// <summary>An expected end of a command, with what the user can do about it. Caught once, at the edge.</summary>
/// <param name="reason">The API's, where it refused.</param>
internal sealed class KtError(int exitCode, string message, string? reason = null) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string? Reason { get; } = reason;
}
