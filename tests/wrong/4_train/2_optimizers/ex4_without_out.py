# 'out' throws out out_proj and fc_out together with out_head
def muon_names(model):
    names = [name for name, p in model.named_parameters() if p.ndim == 2]
    return [name for name in names if 'emb' not in name and 'out' not in name]
