using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Planning;
using Platform.Testing;

namespace Platform.Forecast.Tests;

/// <summary>What Wallet, Metering and Routing answer to the few questions of this service, on a real connection.</summary>
internal sealed class Neighbours
{
    public List<string> Teams { get; } = [];

    /// <summary>By team, nano-units.</summary>
    public Dictionary<string, long> Funds { get; } = [];

    /// <summary>Of users and applications, beside the teams' own.</summary>
    public List<WalletView> Wallets { get; } = [];

    /// <summary>Wallet is of a version that says of no sum how many of its wallets only observe.</summary>
    public bool IsEarlier { get; set; }

    /// <summary>Planned, or with a period that runs.</summary>
    public List<Allocation> Allocations { get; } = [];

    /// <summary>Active period caps of every scope.</summary>
    public List<Cap> Caps { get; } = [];

    /// <summary>Of which scopes caps were asked for, a list each.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<CapScope> CapsAsked { get; } = new();

    /// <summary>How often wallets were asked for.</summary>
    public int WalletsAsked { get; private set; }

    /// <summary>How many were told.</summary>
    public int WalletsTold { get; private set; }

    /// <summary>Wallet tells of no more at once.</summary>
    public int AllocationsAPage { get; set; } = 1_000;

    /// <summary>How many were told.</summary>
    public int AllocationsTold { get; private set; }

    /// <summary>Spend by user, application and day (yyyy-MM-dd), of whatever team is asked for.</summary>
    public List<(string User, string Application, string Day, long Nanos)> Callers { get; } = [];

    /// <summary>Money without tokens that callers were charged, which Metering counts in what they cost.</summary>
    public List<(string User, string Application, string Day, long Nanos)> CallersAdjusted { get; } = [];

    /// <summary>By user, the model of all of those calls.</summary>
    public Dictionary<string, string> ModelsOfUsers { get; } = [];

    /// <summary>How often callers were asked for.</summary>
    public int CallersAsked { get; private set; }

    /// <summary>What more rows than these are refused of, as Metering does; days are then those that are asked for.</summary>
    public int? MostCallerRows { get; set; }

    public List<PriceRow> Prices { get; } = [];

    public List<PriceAlias> Aliases { get; } = [];

    /// <summary>In force.</summary>
    public RoutePolicy Policy { get; } = new();

    public List<BudgetView> Budgets { get; } = [];

    /// <summary>What budgets have spent, whatever range is asked for.</summary>
    public List<BudgetDays> BudgetDays { get; } = [];

    /// <summary>How often that was asked for.</summary>
    public int DaysAsked { get; private set; }

    /// <summary>Whatever range is asked for.</summary>
    public List<WastePart> Waste { get; } = [];

    public List<Alert> Alerts { get; } = [];

    public string Currency { get; set; } = "USD";

    /// <summary>What happens while wallets are asked for.</summary>
    public Func<Task> WhileWallets { get; set; } = () => Task.CompletedTask;

    /// <summary>Of a Metering that does not answer.</summary>
    public static PlanPrices NoPrices { get; } = new(new Contracts.Metering.V1.Prices.PricesClient(new Silent()), new Policies.PoliciesClient(new Silent()), TimeProvider.System);

    public async Task<WebApplication> StartAsync(CancellationToken cancellationToken)
    {
        // Empty, because the service's own settings lie beside the test and name its well-known ports.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        var app = builder.Build();
        app.MapGrpcService<IdentityAnswers>();
        app.MapGrpcService<WalletAnswers>();
        app.MapGrpcService<AllocationAnswers>();
        app.MapGrpcService<CapAnswers>();
        app.MapGrpcService<UsageAnswers>();
        app.MapGrpcService<PriceAnswers>();
        app.MapGrpcService<PolicyAnswers>();
        app.MapGrpcService<BudgetAnswers>();
        app.MapGrpcService<WasteAnswers>();
        app.MapGrpcService<AlertAnswers>();
        await app.StartAsync(cancellationToken);
        return app;
    }

    private sealed class Silent : UnaryInvoker
    {
        protected override object Answer(object request) => throw new RpcException(new Status(StatusCode.Unavailable, "nobody listens"));
    }

    private sealed class IdentityAnswers(Neighbours neighbours) : Identity.IdentityBase
    {
        public override Task<ListTeamsResponse> ListTeams(ListTeamsRequest request, ServerCallContext context) =>
            Task.FromResult(new ListTeamsResponse { Teams = { neighbours.Teams.Select(team => new Team { TeamId = team }) } });

        public override Task<WhoAmIResponse> WhoAmI(WhoAmIRequest request, ServerCallContext context) => Task.FromResult(new WhoAmIResponse { Currency = neighbours.Currency });
    }

    private sealed class WalletAnswers(Neighbours neighbours) : Wallet.WalletBase
    {
        public override async Task StreamWallets(StreamWalletsRequest request, IServerStreamWriter<StreamWalletsResponse> responseStream, ServerCallContext context)
        {
            foreach (var some in (await WalletsOfAsync(request.TeamId)).Chunk(20))
            {
                neighbours.WalletsTold += some.Length;
                await responseStream.WriteAsync(new StreamWalletsResponse { Wallets = { some } });
            }
        }

        private async Task<WalletView[]> WalletsOfAsync(string teamId)
        {
            neighbours.WalletsAsked++;
            await neighbours.WhileWallets();
            return
            [
                .. neighbours.Funds.Select(team => new WalletView { WalletId = $"wal_{team.Key}", TeamId = team.Key, AvailableNanos = team.Value }).Concat(neighbours.Wallets)
                    .Where(wallet => teamId.Length == 0 || wallet.TeamId == teamId),
            ];
        }

        public override async Task<ListWalletsResponse> ListWallets(ListWalletsRequest request, ServerCallContext context)
        {
            var wallets = await WalletsOfAsync(request.TeamId);
            WalletView[] told = [.. wallets.Take(request.PageSize)];
            neighbours.WalletsTold += told.Length;
            return new ListWalletsResponse
            {
                Wallets = { told },
                Totals = request.WithTotals ? Sum("", wallets) : null,
                TeamTotals = { request.WithTeamTotals ? wallets.GroupBy(wallet => wallet.TeamId).Select(team => Sum(team.Key, [.. team])) : [] },
            };

            WalletTotals Sum(string team, WalletView[] wallets)
            {
                var sums = Whole(team, wallets);
                if (neighbours.IsEarlier)
                {
                    sums.ObservingWallets = 0;
                    sums.ClearChargedWallets();
                }

                return sums;
            }

            static WalletTotals Whole(string team, WalletView[] wallets) => new()
            {
                TeamId = team, Wallets = wallets.Length, AvailableNanos = wallets.Sum(wallet => wallet.AvailableNanos), LeasedUndrawnNanos = wallets.Sum(wallet => wallet.LeasedUndrawnNanos),
                OverageNanos = wallets.Sum(wallet => wallet.OverageNanos), ObservingWallets = wallets.Count(wallet => wallet is { TeamId.Length: > 0, Policy: { Observe: true, Frozen: false } }),
                ChargedWallets = wallets.Count(wallet => wallet.TeamId.Length > 0),
            };
        }
    }

    private sealed class AllocationAnswers(Neighbours neighbours) : Contracts.Wallet.V1.Allocations.AllocationsBase
    {
        public override Task<ListAllocationsResponse> ListAllocations(ListAllocationsRequest request, ServerCallContext context) =>
            Task.FromResult(Page(
                [.. neighbours.Allocations.Where(allocation => request.TeamId.Length == 0 || $"{allocation.WalletId}.".StartsWith($"wal_{request.TeamId}.", StringComparison.Ordinal))],
                request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture)));

        private ListAllocationsResponse Page(Allocation[] all, int from)
        {
            var some = all.Skip(from).Take(neighbours.AllocationsAPage).ToList();
            neighbours.AllocationsTold += some.Count;
            return new ListAllocationsResponse { Allocations = { some }, NextPageToken = from + some.Count < all.Length ? $"{from + some.Count}" : "" };
        }
    }

    private sealed class CapAnswers(Neighbours neighbours) : Contracts.Wallet.V1.Controls.ControlsBase
    {
        public override Task<ListCapsResponse> ListCaps(ListCapsRequest request, ServerCallContext context)
        {
            neighbours.CapsAsked.Enqueue(request.Scope);
            return Task.FromResult(new ListCapsResponse
            {
                Caps = { neighbours.Caps.Where(cap => cap.Scope == request.Scope && (request.ScopeId.Length == 0 || cap.ScopeId == request.ScopeId)).Select(cap => Told(cap, request.Undrawn)) },
            });
        }

        private static Cap Told(Cap cap, bool undrawn)
        {
            var told = new Cap(cap);
            if (!undrawn)
            {
                told.ClearUndrawnNanos();
            }

            return told;
        }
    }

    private sealed class UsageAnswers(Neighbours neighbours) : Contracts.Metering.V1.Usage.UsageBase
    {
        public override Task<QuerySpendResponse> QuerySpend(QuerySpendRequest request, ServerCallContext context)
        {
            neighbours.CallersAsked++;
            string Day(Google.Protobuf.WellKnownTypes.Timestamp moment) => moment.ToDateTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            bool IsOf(string day) => neighbours.MostCallerRows is null || (string.CompareOrdinal(day, Day(request.From)) >= 0 && string.CompareOrdinal(day, Day(request.To)) < 0);
            var rows = neighbours.Callers.Concat(neighbours.CallersAdjusted).Where(caller => IsOf(caller.Day)).Where(caller => request.Filters.All(filter => filter.Dimension == SpendDimension.Team || filter.Values.Contains(KeyOf(filter.Dimension, caller))))
                .GroupBy(caller => string.Join('\n', request.GroupBy.Select(dimension => KeyOf(dimension, caller))))
                .Select(group => new SpendRow
                {
                    Keys = { group.Key.Split('\n') }, CostNanos = group.Sum(caller => caller.Nanos), AdjustmentNanos = group.Where(neighbours.CallersAdjusted.Contains).Sum(caller => caller.Nanos),
                });
            var all = rows.ToList();
            return all.Count > neighbours.MostCallerRows
                ? throw RpcErrors.InvalidArgument("The answer has too many rows.", Reasons.TooManyRows)
                : Task.FromResult(new QuerySpendResponse { Rows = { all } });
        }

        private string KeyOf(SpendDimension dimension, (string User, string Application, string Day, long Nanos) caller) => dimension switch
        {
            SpendDimension.User => caller.User,
            SpendDimension.Application => caller.Application,
            SpendDimension.Provider => "openai",
            SpendDimension.Model => neighbours.ModelsOfUsers.GetValueOrDefault(caller.User, ""),
            _ => caller.Day,
        };
    }

    private sealed class PriceAnswers(Neighbours neighbours) : Contracts.Metering.V1.Prices.PricesBase
    {
        public override Task<ListPricesResponse> ListPrices(ListPricesRequest request, ServerCallContext context) =>
            Task.FromResult(new ListPricesResponse { Prices = { neighbours.Prices } });

        public override Task<ListAliasesResponse> ListAliases(ListAliasesRequest request, ServerCallContext context) =>
            Task.FromResult(new ListAliasesResponse { Aliases = { neighbours.Aliases } });
    }

    private sealed class PolicyAnswers(Neighbours neighbours) : Policies.PoliciesBase
    {
        public override Task<PolicyVersion> GetPolicy(GetPolicyRequest request, ServerCallContext context) =>
            Task.FromResult(new PolicyVersion { Version = 1, Policy = neighbours.Policy });
    }

    private sealed class BudgetAnswers(Neighbours neighbours) : Contracts.Metering.V1.Budgets.BudgetsBase
    {
        public override Task<ListBudgetsResponse> ListBudgets(ListBudgetsRequest request, ServerCallContext context) => Task.FromResult(new ListBudgetsResponse
        {
            Budgets = { neighbours.Budgets.Where(budget => request.TeamId.Length == 0 || budget.Scope.TeamId == request.TeamId) },
        });

        public override Task<GetBudgetDaysResponse> GetBudgetDays(GetBudgetDaysRequest request, ServerCallContext context)
        {
            neighbours.DaysAsked++;
            return Task.FromResult(new GetBudgetDaysResponse { Budgets = { neighbours.BudgetDays.Where(budget => request.BudgetIds.Contains(budget.BudgetId)) } });
        }
    }

    private sealed class WasteAnswers(Neighbours neighbours) : Contracts.Metering.V1.Waste.WasteBase
    {
        public override Task<GetWastePartsResponse> GetWasteParts(GetWastePartsRequest request, ServerCallContext context) =>
            Task.FromResult(new GetWastePartsResponse { Parts = { neighbours.Waste } });
    }

    private sealed class AlertAnswers(Neighbours neighbours) : Contracts.Metering.V1.Alerts.AlertsBase
    {
        public override Task<ListAlertsResponse> ListAlerts(ListAlertsRequest request, ServerCallContext context)
        {
            Alert[] all = [.. neighbours.Alerts.Where(alert => (request.Kind is AlertKind.Unspecified || alert.Kind == request.Kind)
                && (request.OccurredBefore is not { } before || alert.OccurredAt.ToDateTimeOffset() < before.ToDateTimeOffset())
                && (request.OccurredFrom is not { } from || alert.OccurredAt.ToDateTimeOffset() >= from.ToDateTimeOffset()))];
            var (first, size) = (request.PageToken.Length > 0 ? int.Parse(request.PageToken, CultureInfo.InvariantCulture) : 0, request.PageSize > 0 ? request.PageSize : 100);
            var answer = new ListAlertsResponse { Alerts = { all.Skip(first).Take(size) }, NextPageToken = first + size < all.Length ? (first + size).ToString(CultureInfo.InvariantCulture) : "" };
            if (request.WithTotal)
            {
                answer.Total = all.Length;
            }

            return Task.FromResult(answer);
        }
    }
}
