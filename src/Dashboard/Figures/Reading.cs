using Grpc.Core;
using Platform.Contracts;
using Platform.Dashboard.Text;

namespace Platform.Dashboard.Figures;

/// <summary>In order of precedence.</summary>
internal enum ReadFailure
{
    /// <summary>The token is unknown or revoked: the session is over.</summary>
    SignedOut,

    /// <summary>The token is good, but it, its user or its team is stopped: an admin can let it read again.</summary>
    Stopped,

    /// <summary>The token's role may not read this.</summary>
    NotAllowed,

    /// <summary>The service is away, or waits for something that is away.</summary>
    NotAnswering,

    /// <summary>The service took longer than a page waits.</summary>
    TooSlow,

    /// <summary>The service answered with an error.</summary>
    Failed,
}

/// <summary>What was last read of a service, and whether that is still how things are. A failure keeps the figures that are there.</summary>
/// <param name="Value">Null until a first answer.</param>
/// <param name="AsOf">When <paramref name="Value"/> was read, by the dashboard's clock.</param>
/// <param name="Failure">Null when the last read succeeded.</param>
internal sealed record Reading<T>(T? Value, DateTimeOffset AsOf, ReadFailure? Failure)
    where T : class
{
    /// <summary>The service's own sentence of what stops the token.</summary>
    public string Said { get; private init; } = "";

    public static Reading<T> None { get; } = new(null, default, null);

    /// <summary>The reading after a call: its figures, or the ones before with what went wrong.</summary>
    /// <param name="read">Answers the figures and when they were read.</param>
    public async Task<Reading<T>> NextAsync(Func<Task<(T Value, DateTimeOffset AsOf)>> read)
    {
        try
        {
            var (value, asOf) = await read();
            return new Reading<T>(value, asOf, null);
        }
        catch (RpcException exception)
        {
            return this with { Failure = ReadFailures.Of(exception), Said = exception.Status.Detail };
        }
    }

    /// <summary>One line for people, for example "Forecast does not answer; figures as of 12:03 UTC"; null while all is well.</summary>
    public string? Warning(string service, DateTimeOffset now)
    {
        if (Failure is not { } failure)
        {
            return null;
        }

        var what = failure switch
        {
            ReadFailure.SignedOut => $"{service} no longer knows your token",
            ReadFailure.Stopped => Said.TrimEnd('.'),
            ReadFailure.NotAllowed => $"Your token's role may not read {service}",
            ReadFailure.NotAnswering or ReadFailure.TooSlow => $"{service} does not answer",
            ReadFailure.Failed => $"{service} answers with an error",
        };
        return what + (Value is null ? "; no figures yet." : $"; figures as of {TimeText.Since(AsOf, now)}.");
    }
}

internal static class ReadFailures
{
    public static ReadFailure Of(RpcException exception) => exception.StatusCode switch
    {
        StatusCode.Unauthenticated => ReadFailure.SignedOut,
        StatusCode.PermissionDenied when IsStopped(exception) => ReadFailure.Stopped,
        StatusCode.PermissionDenied => ReadFailure.NotAllowed,
        StatusCode.Unavailable or StatusCode.Cancelled => ReadFailure.NotAnswering,
        StatusCode.DeadlineExceeded => ReadFailure.TooSlow,
        _ => ReadFailure.Failed,
    };

    private static bool IsStopped(RpcException exception) =>
        RpcErrors.ReasonOf(exception) is Reasons.KeyFrozen or Reasons.UserDisabled or Reasons.TeamFrozen;
}
