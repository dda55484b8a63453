using Grpc.Core;

namespace Platform.ServiceDefaults.Grpc;

/// <summary>
/// A stream whose caller is judged again while it lives: the end of a key (revoked, frozen, expired) ends it, with the reason that a new call would get. The
/// directory knows within a second or so, and this looks twice a second.
/// </summary>
/// <param name="judge">Throws <see cref="RpcException"/> when the caller may no longer do this.</param>
internal sealed class JudgedStream(ServerCallContext context, Action judge, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    private RpcException? _refusal;

    /// <param name="method">Gets the call as one that is cancelled when its caller may no longer make it.</param>
    /// <exception cref="RpcException">What the judgement says, or the method.</exception>
    public async Task<T> RunAsync<T>(Func<ServerCallContext, Task<T>> method)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var judging = JudgeAsync(over);
        try
        {
            var answer = await method(new EndingContext(context, over.Token));

            // A method may also end in good order when it is cancelled.
            return _refusal is null ? answer : throw _refusal;
        }
        catch (OperationCanceledException) when (_refusal is not null)
        {
            throw _refusal;
        }
        finally
        {
            await over.CancelAsync();
            await judging;
        }
    }

    private async Task JudgeAsync(CancellationTokenSource over)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over.Token))
            {
                judge();
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The stream has ended by itself.
        }
        catch (RpcException refusal)
        {
            _refusal = refusal;
            await over.CancelAsync();
        }
    }
}
