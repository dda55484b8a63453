using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Routing.Calls;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>Large bodies on real connections: how many bytes of them are held at once, in all and of one team, and for how long they may come.</summary>
public sealed class LargeBodyTests : IAsyncDisposable
{
    private const int Large = 2 * 1024 * 1024;
    private const int Small = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<TcpClient> _senders = [];
    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private BodyRoom? _room;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Address => new(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public async ValueTask DisposeAsync()
    {
        _answers.TrySetResult();
        _senders.ForEach(sender => sender.Dispose());
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Team_that_holds_all_its_bytes_is_refused_further_ones_and_nobody_else_and_nothing_small_is(bool isChunked)
    {
        await StartAsync(new GatewayOptions { MaxBodyBytes = Large, LargeBodiesBytesPerTeam = 3 * Large, LargeBodiesBytes = 4 * Large });
        for (var i = 0; i < 3; i++)
        {
            await SendAllButTheLastByteAsync("team_a", isChunked);
        }

        await HeldAsync(isChunked ? 3 * (Large - 1) : 3 * Large);
        var refused = await CallAsync("team_a", Large);
        Assert.StartsWith("429 5 ", refused, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"too_many_large_bodies\"", refused, StringComparison.Ordinal);
        Assert.Equal($"200  {Small} bytes", await CallAsync("team_a", Small));
        Assert.Equal($"200  {Large} bytes", await CallAsync("team_b", Large));

        // One that is complete, or whose sender is gone, leaves its room to the next.
        await FinishAsync(_senders[0], isChunked);
        _senders[1].Dispose();
        await HeldAsync(isChunked ? Large - 1 : Large);
        Assert.Equal($"200  {Large} bytes", await CallAsync("team_a", Large));
    }

    [Fact]
    public async Task All_teams_together_hold_no_more_than_all_bytes()
    {
        await StartAsync(new GatewayOptions { MaxBodyBytes = Large, LargeBodiesBytesPerTeam = Large, LargeBodiesBytes = 2 * Large });
        await SendAllButTheLastByteAsync("team_a", isChunked: false);
        await SendAllButTheLastByteAsync("team_b", isChunked: false);
        await HeldAsync(2 * Large);
        Assert.StartsWith("429 ", await CallAsync("team_c", Small + 1), StringComparison.Ordinal);
        Assert.Equal($"200  {Small} bytes", await CallAsync("team_c", Small));
    }

    [Fact]
    public async Task Room_is_held_until_the_call_has_been_answered()
    {
        await StartAsync(new GatewayOptions { MaxBodyBytes = Large, LargeBodiesBytesPerTeam = Large, LargeBodiesBytes = Large });
        var slow = CallAsync("team_a", Large, waits: true);
        await _read.Task.WaitAsync(Patience, Cancel);
        Assert.StartsWith("429 ", await CallAsync("team_a", Small + 1), StringComparison.Ordinal);
        _answers.SetResult();
        Assert.Equal($"200  {Large} bytes", await slow);
        await HeldAsync(0);
    }

    [Fact]
    public async Task Body_that_does_not_end_is_given_up_in_time_its_sender_told_and_its_room_free_again()
    {
        await StartAsync(new GatewayOptions { MaxBodyBytes = Large, LargeBodiesBytesPerTeam = Large, LargeBodiesBytes = Large, LargeBodySeconds = 1 });
        var sender = await SendAllButTheLastByteAsync("team_a", isChunked: false);
        using var reader = new StreamReader(sender.GetStream());
        var answer = await reader.ReadToEndAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("The body was not there within 1 s", answer, StringComparison.Ordinal);
        await HeldAsync(0);
    }

    [Fact]
    public async Task Body_above_the_server_s_own_limit_is_told_that_it_is_too_large()
    {
        // 30 MB, when nobody says otherwise. Clients send all of it before they read the answer.
        await StartAsync(new GatewayOptions { MaxBodyBytes = Large });
        Assert.StartsWith("413 ", await CallAsync("team_a", 32_000_000), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(9, 10, false)]
    [InlineData(10, 9, false)]
    public void Room_below_one_body_is_refused_at_the_start(int all, int ofTeam, bool isSound)
    {
        const int Mebi = 1024 * 1024;
        var options = new GatewayOptions { MaxBodyBytes = 10 * Mebi, LargeBodiesBytes = all * Mebi, LargeBodiesBytesPerTeam = ofTeam * Mebi };
        Assert.Equal(isSound, Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true));
    }

    private async Task StartAsync(GatewayOptions options)
    {
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddMetrics();
        _app = builder.Build();
        _room = new BodyRoom(Options.Create(options), _app.Services.GetRequiredService<IMeterFactory>());
        var bodies = new RequestBody(_room, Options.Create(options), TimeProvider.System);
        _app.Run(async http =>
        {
            var (error, body) = await bodies.TryReadAsync(http, http.Request.Path.Value![1..]);
            if (http.Request.Query.ContainsKey("waits"))
            {
                _read.SetResult();
                await _answers.Task;
            }

            await (error is null ? http.Response.WriteAsync($"{body!.Length} bytes", Cancel) : error.WriteAsync(http.Response, Cancel));
        });
        await _app.StartAsync(Cancel);
    }

    private Task HeldAsync(long bytes) => Eventually.TrueAsync(() => Task.FromResult(_room!.HeldBytes == bytes), Patience, $"{bytes} bytes to be held");

    /// <summary>Status, Retry-After and text.</summary>
    private async Task<string> CallAsync(string team, int bytes, bool waits = false)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, waits ? $"/{team}?waits" : $"/{team}") { Content = new ByteArrayContent(new byte[bytes]) };
        using var answer = await http.SendAsync(request, Cancel).WaitAsync(Patience, Cancel);
        return $"{(int)answer.StatusCode} {answer.Headers.RetryAfter} {await answer.Content.ReadAsStringAsync(Cancel)}";
    }

    private async Task<TcpClient> SendAllButTheLastByteAsync(string team, bool isChunked)
    {
        var sender = new TcpClient();
        _senders.Add(sender);
        await sender.ConnectAsync(IPAddress.Loopback, Address.Port, Cancel);
        var framing = isChunked ? $"Transfer-Encoding: chunked\r\n\r\n{Large:x}\r\n" : $"Content-Length: {Large}\r\n\r\n";
        await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /{team} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{framing}"), Cancel);
        await sender.GetStream().WriteAsync(new byte[Large - 1], Cancel);
        return sender;
    }

    private static async Task FinishAsync(TcpClient sender, bool isChunked)
    {
        await sender.GetStream().WriteAsync(Encoding.ASCII.GetBytes(isChunked ? "x\r\n0\r\n\r\n" : "x"), Cancel);
        using var reader = new StreamReader(sender.GetStream());
        Assert.Contains($"{Large} bytes", await reader.ReadToEndAsync(Cancel).WaitAsync(Patience, Cancel), StringComparison.Ordinal);
    }
}
