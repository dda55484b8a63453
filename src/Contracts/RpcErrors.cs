using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Platform.Contracts;

/// <summary>Errors on the wire: a gRPC status whose details carry google.rpc.ErrorInfo with a stable reason (AIP-193).</summary>
public static class RpcErrors
{
    /// <summary>
    /// A message travels twice in the trailers: percent-encoded, of a character that is not ASCII up to nine bytes, and in base64 within the details. This many of ASCII fit the 8 KiB of headers that gRPC's clients commonly
    /// take, and of any others the 64 KiB of .NET's. A client that is sent more has no error at all but a connection that breaks, and tries again what can never pass.
    /// </summary>
    public const int LongestMessage = 3_000;

    /// <summary>An error to throw from a gRPC method. The message says what is wrong and what to do about it.</summary>
    /// <param name="code">gRPC status code.</param>
    /// <param name="reason">One of <see cref="Reasons"/>.</param>
    /// <param name="message">For people; never a secret. Of one longer than <see cref="LongestMessage"/>, such as of hundreds of problems or of an id as long as a book, the beginning is sent.</param>
    /// <param name="retryAfter">When trying again may help, told as google.rpc.RetryInfo; zero: it is not told.</param>
    /// <param name="facts">What a program needs of the message, by name: the error's metadata.</param>
    public static RpcException Create(StatusCode code, string reason, string message, TimeSpan retryAfter = default, params IEnumerable<(string Name, string Value)> facts)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = Validation.Shown(message, LongestMessage) };
        var info = new ErrorInfo { Domain = Reasons.Domain, Reason = reason };
        foreach (var (name, value) in facts)
        {
            info.Metadata.Add(name, value);
        }

        status.Details.Add(Any.Pack(info));
        if (retryAfter > TimeSpan.Zero)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) }));
        }

        return status.ToRpcException();
    }

    public static RpcException InvalidArgument(string message, string reason = Reasons.InvalidArgument) =>
        Create(StatusCode.InvalidArgument, reason, message);

    public static RpcException NotFound(string reason, string message) => Create(StatusCode.NotFound, reason, message);

    public static RpcException IdempotencyConflict(string key) => Create(
        StatusCode.Aborted,
        Reasons.IdempotencyConflict,
        $"Idempotency key '{key}' was used before with another request. Use a new key for a new request.");

    /// <summary>The reason of a received error; null when it carries none (a transport failure, a foreign server).</summary>
    public static string? ReasonOf(RpcException exception) => exception.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;

    /// <summary>A fact of a received error; null when it does not say it.</summary>
    public static string? FactOf(RpcException exception, string name) => exception.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Metadata.GetValueOrDefault(name);

    /// <summary>When a received error says that trying again may help; null when it does not say.</summary>
    public static TimeSpan? RetryAfterOf(RpcException exception) => exception.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan();
}
