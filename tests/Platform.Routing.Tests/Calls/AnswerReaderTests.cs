using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

public sealed class AnswerReaderTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(32 * Megabyte, 32 * Megabyte, true)]
    [InlineData(Megabyte, Megabyte, true)]
    // Who promises much and sends little has little room made.
    [InlineData(32 * Megabyte, 1_000, false)]
    public async Task Answer_takes_the_room_that_it_says_to_need_when_some_of_it_is_there(int says, int sends, bool isWhole)
    {
        using var answer = new HttpResponseMessage { Content = new StreamContent(new MemoryStream(new byte[sends])) { Headers = { ContentLength = says } } };
        using var limit = new AttemptTimer(AttemptTimes.Of(new GatewayOptions(), RouteTimeouts.Unsaid, isStream: false, TimeSpan.Zero), TimeProvider.System);
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var share = new AnswerRoom(Options.Create(new GatewayOptions()), meters.GetRequiredService<IMeterFactory>(), TimeProvider.System).Open();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = AnswerReader.ReadAsync(answer, 64 * Megabyte, share, limit);
        Assert.True(reading.IsCompleted);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (isWhole ? says : 0) + (2 * Megabyte));
        Assert.Equal((isWhole ? says : null, isWhole ? AnswerLoss.None : AnswerLoss.BrokenOff), ((await reading).Body?.Length, (await reading).Loss));
    }
}
