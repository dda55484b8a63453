using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Testing;
using static Platform.Testing.RolesByName;

namespace Platform.Metering.Tests;

/// <summary>The intake over a real connection: streams of chunks, and trials.</summary>
public sealed class WireIntakeTests : IAsyncLifetime
{
    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Usage.UsageClient Usage => new(_wire.Channel);

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(new RolesByName(), Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Stream_answers_each_chunk_in_order_and_ends_with_the_status_of_a_chunk_that_is_refused_whole()
    {
        using var stream = Usage.RecordStream(As(Role.Gateway));
        for (var chunk = 0; chunk < 30; chunk++)
        {
            await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Events.New($"chunk-{chunk}"), Events.New("in each") } }, Cancel);
        }

        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Enumerable.Repeat(Events.New("many"), 1_001) } }, Cancel);
        var shared = new List<RecordOutcome>();
        for (var chunk = 0; chunk < 30; chunk++)
        {
            Assert.True(await stream.ResponseStream.MoveNext(Cancel));
            Assert.Equal((RecordOutcome.Accepted, IdOf($"chunk-{chunk}")), (stream.ResponseStream.Current.Results[0].Outcome, stream.ResponseStream.Current.Results[0].RecordId));
            shared.Add(stream.ResponseStream.Current.Results[1].Outcome);
        }

        Assert.Equal([RecordOutcome.Accepted, .. Enumerable.Repeat(RecordOutcome.Duplicate, 29)], shared.OrderDescending());
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => stream.ResponseStream.MoveNext(Cancel)));
        Assert.Equal(31, (await _wire.Metering.StreamAsync()).Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Trial_answers_as_recording_would_and_leaves_neither_a_record_nor_its_identity()
    {
        var request = new RecordRequest { Events = { Events.New("tried"), Events.New("tried"), Events.New("nobody", with: usage => usage.TeamId = "team_nobody") } };
        var tried = await Usage.TryRecordAsync(request, As(Role.Gateway));
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Duplicate, RecordOutcome.UnknownTeam], tried.Results.Select(result => result.Outcome));
        Assert.Equal((0, 0), (await _wire.Metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"), await _wire.Metering.ScalarAsync<long>("SELECT count(*) FROM usage_identity")));
        Assert.Empty(await _wire.Metering.OwedAsync());

        // Who may not record may not try, and in earnest the answers are the same.
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Usage.TryRecordAsync(request, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Usage.TryRecordAsync(request, As(Role.Editor)).ResponseAsync));
        Assert.Equal(tried, await Usage.RecordAsync(request, As(Role.Gateway)));
        Assert.Single(await _wire.Metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_asks_for_the_role_of_every_chunk()
    {
        using var stream = Usage.RecordStream(As(Role.Editor));
        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Events.New("own", with: usage => usage.Funding = Funding.External) } }, Cancel);
        Assert.True(await stream.ResponseStream.MoveNext(Cancel));
        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { Events.New("leased") } }, Cancel);
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => stream.ResponseStream.MoveNext(Cancel)));
        Assert.Single(await _wire.Metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Teller_who_does_not_read_the_answers_is_held_up()
    {
        using var stream = Usage.RecordStream(As(Role.Gateway));
        var written = 0;
        var writing = Task.Run(async () =>
        {
            while (true)
            {
                await stream.RequestStream.WriteAsync(Large(written), Cancel);
                Interlocked.Increment(ref written);
            }
        }, Cancel);

        // Answers fill the connection's window, chunks fill the other one; then nothing moves.
        var held = -1;
        await Platform.Testing.Eventually.TrueAsync(
            async () =>
            {
                var before = held;
                held = Volatile.Read(ref written);
                await Task.Delay(500, Cancel);
                return held > 0 && held == before && await _wire.Metering.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM usage_record)");
            },
            TimeSpan.FromSeconds(40), "the teller to be held up");
        stream.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => writing);
        Assert.InRange(await _wire.Metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"), 1, (long)(written + 1) * 500);
    }

    private static string IdOf(string eventId) => DerivedId.OfRecord("gateway-1", eventId).ToString();

    private static RecordRequest Large(int chunk) => new() { Events = { Enumerable.Range(0, 500).Select(number => Events.New($"{chunk}-{number}")) } };

    private static CallOptions As(Role role) => RolesByName.As(role, Cancel);
}
