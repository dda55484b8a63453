using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

/// <summary>Reading the audit log. Nobody writes it but the changes themselves.</summary>
internal sealed class AuditLogService(ListAudit list, AuditStore store) : AuditLog.AuditLogBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListAuditResponse> List(ListAuditRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<VerifyAuditResponse> Verify(VerifyAuditRequest request, ServerCallContext context) => store.VerifyAsync(context.CancellationToken);
}
