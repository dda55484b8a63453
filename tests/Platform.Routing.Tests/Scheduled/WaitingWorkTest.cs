using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Tests of work that waits: a gateway and the policy that it serves, on a database of the class's own.</summary>
public abstract class WaitingWorkTest : PolicyDatabase
{
    private protected static ChatShape Chat { get; } = new();

    /// <summary>Chat completions alone may wait.</summary>
    private protected static ScheduledShapes Shapes { get; } = new(new Dictionary<string, WireShape> { ["/v1/chat/completions"] = Chat });

    private protected LocalGateway Gateway { get; private set; } = null!;

    private protected RoutingTableReplica Policy { get; private set; } = null!;

    /// <summary>Where the policy's providers are; by default nowhere.</summary>
    private protected virtual PolicyCompiler CompilerOfPolicy => Compiler;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Gateway = new LocalGateway(database: DataSource);
        Policy = ReplicaOf(CompilerOfPolicy);
        await Policy.StartAsync(Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await Policy.StopAsync(CancellationToken.None);
        Policy.Dispose();
        await Gateway.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <param name="database">Null: with as many connections as there are.</param>
    private protected SubmitBatch Submit(ScheduledOptions options, NpgsqlDataSource? database = null) => new(
        new BatchStore(database ?? DataSource), Shapes, Gateway.Planner, Gateway.Forbidden, Policy, new UploadSlots(Options.Create(options)), Options.Create(options), TimeProvider.System,
        NullLogger<SubmitBatch>.Instance);
}
