using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

/// <summary>Reading the audit log. Nobody writes it but the changes themselves.</summary>
internal sealed class AuditLogService(AuditStore store) : AuditLog.AuditLogBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<ListAuditResponse> List(ListAuditRequest request, ServerCallContext context)
    {
        Rules.Require(Validation.Text("subject", request.Subject, 0, 200));
        Rules.Require(Validation.Text("actor", request.Actor, 0, 200));
        Rules.Require(Validation.Text("action", request.Action, 0, 200));
        var filter = new AuditFilter(request.Subject, request.Actor, request.Action, Rules.ReadMoment("from", request.From), Rules.ReadMoment("to", request.To));
        Rules.Require(filter.From >= filter.To ? "from must lie before to." : null);
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        var (records, next) = page.Cut(await store.ListAsync(filter, page.Below, page.Size, context.CancellationToken), record => record.AuditId);
        return new ListAuditResponse { Records = { records }, NextPageToken = next };
    }

    [RequireRole(Role.Viewer)]
    public override Task<VerifyAuditResponse> Verify(VerifyAuditRequest request, ServerCallContext context) => store.VerifyAsync(context.CancellationToken);
}
