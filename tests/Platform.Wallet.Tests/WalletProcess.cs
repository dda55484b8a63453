using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Wallet as a process of its own, to be killed at a named step.</summary>
internal sealed class WalletProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>It is asked from before it listens: a channel would pause longer after each try in vain, and after 43 seconds not try again before the limit.</summary>
    private static readonly GrpcChannelOptions TriesSoon = new() { InitialReconnectBackoff = TimeSpan.FromMilliseconds(250), MaxReconnectBackoff = TimeSpan.FromSeconds(1) };

    private readonly Process _process;
    private readonly GrpcChannel _channel;

    private WalletProcess(Process process, int port)
    {
        _process = process;
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", TriesSoon);
        Client = new Contracts.Wallet.V1.Wallet.WalletClient(_channel);
        Allocations = new Contracts.Wallet.V1.Allocations.AllocationsClient(_channel);
    }

    public Contracts.Wallet.V1.Wallet.WalletClient Client { get; }

    public Contracts.Wallet.V1.Allocations.AllocationsClient Allocations { get; }

    public static Metadata Owner { get; } = Bearer(LedgerFixture.OwnerToken);

    public static Metadata Gateway { get; } = Bearer(LedgerFixture.ServiceToken);

    /// <param name="crashPoint">Where it ends itself as <c>kill -9</c> would; null for nowhere.</param>
    public static async Task<WalletProcess> StartAsync(string database, Uri broker, string? crashPoint, CancellationToken cancellationToken)
    {
        var wallet = Start(database, broker, crashPoint);
        await Eventually.TrueAsync(() => wallet.AnswersAsync(cancellationToken), Limit, "Wallet to answer");
        return wallet;
    }

    private static WalletProcess Start(string database, Uri broker, string? crashPoint)
    {
        var port = TestPorts.Take();
        var start = new ProcessStartInfo("dotnet", [typeof(LedgerStore).Assembly.Location])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__walletdb"] = database,
                ["ConnectionStrings__messaging"] = broker.ToString(),
                ["Bootstrap__OwnerToken"] = LedgerFixture.OwnerToken,
                ["Bootstrap__ServiceToken"] = LedgerFixture.ServiceToken,
                ["Bootstrap__SupportKey"] = LedgerFixture.SupportKey,
                ["Bootstrap__OpeningAmount"] = "0.001",
                ["Kestrel__Endpoints__http__Url"] = "http://127.0.0.1:0",
                ["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{port}",
                ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
                ["KT_CRASH_POINT"] = crashPoint,
            },
        };
        var process = Process.Start(start)!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        return new WalletProcess(process, port);
    }

    public async Task<bool> DiedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        return _process.ExitCode != 0;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Client.ListWalletsAsync(new ListWalletsRequest(), Owner, cancellationToken: cancellationToken);
            return true;
        }
        catch (RpcException) when (!_process.HasExited)
        {
            return false;
        }
    }

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };
}
