using Grpc.Core;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>What a caller streams, each message only while its caller may send it: nothing that comes after the end of a key takes effect.</summary>
/// <param name="judge">Throws when the caller may no longer do this.</param>
internal sealed class JudgedReader<T>(IAsyncStreamReader<T> messages, Action judge) : IAsyncStreamReader<T>
{
    public T Current => messages.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        var more = await messages.MoveNext(cancellationToken);
        judge();
        return more;
    }
}
