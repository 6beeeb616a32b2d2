"Python runs this at its start when the folder is on PYTHONPATH: so the recorder is in every child too."

import os

if os.environ.get('NB_RECORD'):
    import nb_recorder

    nb_recorder.start()
