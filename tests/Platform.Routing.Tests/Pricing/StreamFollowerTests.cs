using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Platform.ServiceDefaults.Grpc;
using Platform.Testing;

namespace Platform.Routing.Tests.Pricing;

/// <summary>How the gateway follows prices, keys and what Wallet wants of its leases.</summary>
public sealed class StreamFollowerTests
{
    [Fact(Timeout = 600_000)]
    public async Task Message_that_cannot_be_taken_ends_its_stream_and_the_next_one_is_followed()
    {
        var time = new FakeTimeProvider();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var opened = 0;
        var taken = new TaskCompletionSource<(string, bool)>();
        var following = new StreamFollower("test", TimeSpan.FromMinutes(1), time, NullLogger.Instance).FollowAsync(
            options => new AsyncServerStreamingCall<string>(
                new OneMessage(++opened == 1 ? "bad" : "good"), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { }),
            (message, isFirst) =>
            {
                if (message == "bad")
                {
                    throw new InvalidOperationException("a bug");
                }

                taken.TrySetResult((message, isFirst));
            },
            stopping.Token);
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(taken.Task.IsCompleted || following.IsCompleted);
            },
            TimeSpan.FromSeconds(60), "the next stream to be followed");
        Assert.False(following.IsCompleted);
        Assert.Equal(("good", true), await taken.Task);
        await stopping.CancelAsync();
        await following;
    }

    /// <summary>And then silence.</summary>
    private sealed class OneMessage(string message) : IAsyncStreamReader<string>
    {
        private bool _isTold;

        public string Current => message;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (_isTold)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            return _isTold = true;
        }
    }
}
